package cloud

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/hframes/hframes/internal/heygen"
)

// uploadTries is how often a zip is sent before the upload counts as failed.
const uploadTries = 4

// asset returns the id of the service's copy of a zip, which it uploads if there is none or if afresh. uploaded reports
// whether it did. Of several goroutines with one zip, one does it.
func (s *Service) asset(ctx context.Context, a *Archive, afresh bool, progress func(Progress)) (id string, uploaded bool, err error) {
	done, err := s.take(ctx, "zip "+a.SHA256)
	if err != nil {
		return "", false, err
	}
	defer done()
	s.mu.Lock()
	id = s.assets[a.SHA256]
	s.mu.Unlock()
	if id != "" && !afresh {
		return id, false, nil
	}
	if err := a.Fits(MaxZip); err != nil {
		return "", false, err
	}
	if id = ""; !afresh {
		if id, err = s.known(ctx, a); err != nil {
			return "", false, err
		}
	}
	if id == "" {
		if id, err = s.upload(ctx, a, afresh, progress); err != nil {
			return "", false, err
		}
		uploaded = true
		rec := &Record{Account: s.Account, Key: "zip " + a.SHA256, State: Uploaded, Archive: a.SHA256, Bytes: a.Size,
			Request: heygen.RenderRequest{Project: heygen.AssetID(id)}}
		if err := s.note(rec); err != nil {
			return "", false, err
		}
	}
	s.mu.Lock()
	if s.assets == nil {
		s.assets = map[string]string{}
	}
	s.assets[a.SHA256] = id
	s.mu.Unlock()
	return id, uploaded, nil
}

// known returns the id that the journal has for a zip, if the service still has the asset.
func (s *Service) known(ctx context.Context, a *Archive) (string, error) {
	last, err := s.Journal.Last(s.Account, "zip "+a.SHA256)
	if err != nil || last == nil {
		return "", err
	}
	id := last.Request.Project.ID
	switch _, err := s.Client.Asset(ctx, id); {
	case err == nil || isStatus(err, 403): // a key need not have the scope to look
		return id, nil
	case isStatus(err, 404):
		return "", nil
	default:
		return "", fmt.Errorf("look for the uploaded film: %w", err)
	}
}

// forget drops what is known of a zip's asset.
func (s *Service) forget(sha string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.assets, sha)
}

// upload sends a zip. The service answers a known idempotency key with the upload that it granted then, whose URL may
// be too old, so that a refused one is asked for with another key.
func (s *Service) upload(ctx context.Context, a *Archive, afresh bool, progress func(Progress)) (string, error) {
	key := "hframes-zip-" + a.SHA256[:40]
	if afresh {
		key += "-" + nonce()
	}
	sent := func(n int64) { progress(Progress{Step: StepUpload, Done: n, Total: a.Size}) }
	sent(0)
	for try := 1; ; try++ {
		id, err := s.send(ctx, a, key, sent)
		if err == nil {
			return id, nil
		}
		var no *heygen.Error
		var large *TooLarge
		switch {
		case ctx.Err() != nil:
			return "", context.Cause(ctx)
		case errors.As(err, &large) || try == uploadTries:
			return "", err
		case errors.As(err, &no) && !strings.HasPrefix(no.Call, "PUT ") && no.Code != "asset_not_found":
			return "", err // the service said no, and the client has tried what is worth trying
		case errors.As(err, &no) && no.Status < 500:
			key = "hframes-zip-" + a.SHA256[:40] + "-" + nonce()
		}
		if err := sleep(ctx, time.Duration(try)*s.poll()/30); err != nil {
			return "", err
		}
	}
}

// send makes one upload from start to end.
func (s *Service) send(ctx context.Context, a *Archive, key string, sent func(int64)) (string, error) {
	up, err := s.Client.StartUpload(ctx, heygen.UploadRequest{Filename: "film-" + a.SHA256[:12] + ".zip", MIME: "application/zip",
		Size: a.Size, SHA256: a.SHA256}, key)
	if err != nil {
		return "", fmt.Errorf("start the upload: %w", err)
	}
	if up.MaxBytes > 0 {
		if err := a.Fits(up.MaxBytes); err != nil {
			return "", err
		}
	}
	if err := s.Client.Put(ctx, up, a.file, a.Size, sent); err != nil {
		return "", fmt.Errorf("upload the film: %w", err)
	}
	if err := s.Client.CompleteUpload(ctx, up.AssetID, a.SHA256); err != nil {
		return "", fmt.Errorf("complete the upload: %w", err)
	}
	return up.AssetID, nil
}
