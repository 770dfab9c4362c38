package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/hframes/hframes/internal/heygen/auth"
	"github.com/spf13/cobra"
	"golang.org/x/term"
)

const authAbout = `auth keeps and shows the credential that HeyGen's cloud is used with.

  hframes auth login                            ask for an API key, check it and keep it
  pass heygen | hframes auth login --api-key-stdin
  hframes auth status                           who am I, what is left, what may this key do

The first of these that is there is used: HEYGEN_API_KEY, HYPERFRAMES_API_KEY, the credentials file that
HeyGen's own command lines use too (credentials in $HEYGEN_CONFIG_DIR or ~/.heygen). In the file, an OAuth
session comes before the key. A key is billed to the API wallet, OAuth to the plan of the web app.`

func authCommand(t *terminal) *cobra.Command {
	c := &cobra.Command{
		Use:   "auth",
		Short: "Log in to HeyGen, show who is logged in, log out",
		Long:  authAbout,
		Args:  unknown("command"),
		RunE:  showHelp,
	}
	c.AddCommand(loginCommand(t), statusCommand(t), refreshCommand(t), logoutCommand(t))
	return c
}

// noArguments refuses arguments without repeating them, as one may be a key.
func noArguments(c *cobra.Command, words []string) error {
	if len(words) == 0 {
		return nil
	}
	return usageError{c, hinted{
		fmt.Errorf("%s takes no arguments", c.CommandPath()),
		"a key is never taken from the command line, which other programs and the shell's history can read: hframes auth login asks for it, --api-key-stdin reads it from a pipe",
	}}
}

type loginFlags struct {
	stdin, oauth, device, noBrowser bool
	client                          string
}

func loginCommand(t *terminal) *cobra.Command {
	var f loginFlags
	c := &cobra.Command{
		Use:   "login",
		Short: "Check a credential and keep it",
		Long: `login asks for an API key without showing it, checks it with HeyGen and keeps it in the credentials file. One that
HeyGen does not accept is not kept, and what was kept before stays. With --oauth you log in through the browser of
this machine, with --device through that of any other; both need a client id that HeyGen gave to you, as flag or in
HYPERFRAMES_OAUTH_CLIENT_ID. Keys are made at app.heygen.com/settings/api.`,
		Args: noArguments,
		RunE: func(c *cobra.Command, _ []string) error {
			if f.stdin && (f.oauth || f.device) || f.oauth && f.device {
				return usageError{c, errors.New("--api-key-stdin, --oauth and --device exclude each other")}
			}
			if (f.client != "" || f.noBrowser) && !f.oauth && !f.device {
				return usageError{c, errors.New("--client-id and --no-browser go with --oauth or --device")}
			}
			if f.oauth || f.device {
				return loginOAuth(c.Context(), t, f)
			}
			return loginKey(c, t, f)
		},
	}
	c.Flags().BoolVar(&f.stdin, "api-key-stdin", false, "read the API key from standard input")
	c.Flags().BoolVar(&f.oauth, "oauth", false, "log in through the browser")
	c.Flags().BoolVar(&f.device, "device", false, "log in through the browser of another device")
	c.Flags().StringVar(&f.client, "client-id", "", "OAuth client id (default $HYPERFRAMES_OAUTH_CLIENT_ID)")
	c.Flags().BoolVar(&f.noBrowser, "no-browser", false, "show the address instead of opening it")
	return c
}

// keyboard is where a key comes from.
type keyboard interface {
	io.Reader                                   // what is piped in
	Attended() bool                             // a person sits there
	Secret(ctx context.Context) (string, error) // a line that is not shown while it is typed
}

// standardInput is the keyboard of this process.
type standardInput struct{ *os.File }

func (s standardInput) Attended() bool { return term.IsTerminal(int(s.Fd())) }

// Secret implements keyboard. A Ctrl-C gives the terminal its echo back.
func (s standardInput) Secret(ctx context.Context) (string, error) {
	state, err := term.GetState(int(s.Fd()))
	if err != nil {
		return "", err
	}
	line, err := await(ctx, func() ([]byte, error) { return term.ReadPassword(int(s.Fd())) })
	if ctx.Err() != nil {
		term.Restore(int(s.Fd()), state)
	}
	return string(line), err
}

// await returns what read returns, or that ctx has ended: then read goes on as long as the process.
func await(ctx context.Context, read func() ([]byte, error)) ([]byte, error) {
	type answer struct {
		data []byte
		err  error
	}
	done := make(chan answer, 1)
	go func() {
		data, err := read()
		done <- answer{data, err}
	}()
	select {
	case a := <-done:
		return a.data, a.err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// readKey gets the key that is to be kept.
func readKey(c *cobra.Command, t *terminal, in keyboard, piped bool) (string, error) {
	if piped {
		data, err := await(c.Context(), func() ([]byte, error) { return io.ReadAll(io.LimitReader(in, 4096)) })
		if err != nil {
			return "", fmt.Errorf("read the key: %w", err)
		}
		return strings.TrimSpace(string(data)), nil
	}
	if !in.Attended() {
		return "", usageError{c, hinted{errors.New("there is nobody to ask for a key"), "pipe it in: hframes auth login --api-key-stdin < file, or set HEYGEN_API_KEY"}}
	}
	t.tell("API key (it is not shown): ")
	key, err := in.Secret(c.Context())
	t.tell("\n")
	if err != nil && !errors.Is(err, io.EOF) {
		return "", fmt.Errorf("read the key: %w", err)
	}
	return strings.TrimSpace(key), nil
}

func loginKey(c *cobra.Command, t *terminal, f loginFlags) error {
	key, err := readKey(c, t, standardInput{os.Stdin}, f.stdin)
	if err != nil {
		return err
	}
	if key == "" {
		return hinted{errors.New("the key is empty"), "keys are made at app.heygen.com/settings/api"}
	}
	credential, err := auth.WithKey(key)
	if err != nil {
		return err
	}
	s, err := look(c.Context(), t, credential)
	if err != nil {
		return err
	}
	ahead, err := auth.SaveKey(c.Context(), authOptions(), key, s.person())
	if err != nil {
		return err
	}
	if ahead {
		t.note("note: the OAuth session that is kept too is used before the key; hframes auth logout --keep-api-key ends it")
	}
	return loggedIn(t, s)
}

func loginOAuth(ctx context.Context, t *terminal, f loginFlags) error {
	service, err := auth.NewService(authOptions(), f.client)
	if err != nil {
		return err
	}
	var token auth.Token
	if f.device {
		if os.Getenv("CI") != "" || !term.IsTerminal(int(os.Stdin.Fd())) || !t.live {
			return hinted{errors.New("--device needs a person at a terminal"), "use an API key where nobody waits: HEYGEN_API_KEY, or hframes auth login --api-key-stdin"}
		}
		token, err = service.Device(ctx, func(d auth.DeviceCode) {
			t.tell("Go to   %s\nType in %s   (within %s)\n", d.URL, d.Code, d.Life.Round(time.Minute))
			if d.FullURL != "" {
				t.tell("or to   %s\n", d.FullURL)
			}
		})
	} else {
		token, err = service.Browser(ctx, func(address string) error {
			t.tell("Log in at\n%s\n", address)
			if !f.noBrowser && os.Getenv("HF_NO_BROWSER") != "1" && os.Getenv("BROWSER") != "none" {
				openLogin(t, address)
			}
			return nil
		})
	}
	if err != nil {
		return err
	}
	s, err := look(ctx, t, auth.WithToken(token))
	if err != nil {
		auth.Revoke(ctx, authOptions(), token) // nobody has it but us
		return err
	}
	if err := auth.SaveToken(ctx, authOptions(), token, s.person()); err != nil {
		return err
	}
	return loggedIn(t, s)
}

// openLogin opens an address in the browser and does not wait for it. The address is on the screen already.
func openLogin(t *terminal, address string) {
	cmd := browserCommand(address)
	err := cmd.Start()
	if err != nil {
		t.note("no browser opened: %v", err)
		return
	}
	go func() {
		if err := cmd.Wait(); err != nil {
			t.note("no browser opened: %s: %v", cmd.Args[0], err)
		}
	}()
}

// loggedIn tells that a credential is kept, and what is used before it.
func loggedIn(t *terminal, s *authStatus) error {
	noteVariable(t)
	store, err := auth.Open(authOptions())
	if err != nil {
		return err
	}
	return t.result(fmt.Sprintf("logged in as %s, kept in %s", cmp.Or(s.person().Name(), "somebody whom the key may not name"), store.Path), struct {
		Type auth.Kind `json:"type"`
		User auth.User `json:"user"`
		Path string    `json:"path"`
	}{s.Type, s.person(), store.Path})
}

// noteVariable tells of a variable that makes the credentials file idle.
func noteVariable(t *terminal) {
	for _, name := range []string{auth.EnvKey, auth.EnvAlias} {
		if os.Getenv(name) != "" {
			t.note("note: %s is set, and is used before what is kept", name)
			return
		}
	}
}

func authOptions() auth.Options { return auth.Options{UserAgent: agent()} }

func refreshCommand(t *terminal) *cobra.Command {
	return &cobra.Command{
		Use:   "refresh",
		Short: "Get a new token for the OAuth session",
		Long: `refresh gets a new token for the OAuth session of the credentials file. That happens by itself whenever one is
needed; the command is for finding out whether it can.`,
		Args: noArguments,
		RunE: func(c *cobra.Command, _ []string) error {
			session, err := auth.Session(authOptions())
			if err != nil {
				return err
			}
			if err := session.Refresh(c.Context()); err != nil {
				return err
			}
			return t.result("refreshed, valid until "+until(session.Expires()), struct {
				Refreshed bool       `json:"refreshed"`
				ExpiresAt *time.Time `json:"expires_at"`
			}{true, instant(session.Expires())})
		},
	}
}

func logoutCommand(t *terminal) *cobra.Command {
	var keep bool
	c := &cobra.Command{
		Use:   "logout",
		Short: "End the OAuth session and forget the key",
		Long: `logout tells HeyGen that the OAuth session is over and removes it and the key from the credentials file. What other
programs keep in that file stays. A key itself stays valid until it is deleted at app.heygen.com/settings/api.`,
		Args: noArguments,
		RunE: func(c *cobra.Command, _ []string) error {
			ended, err := auth.Logout(c.Context(), authOptions(), keep)
			if err != nil {
				return err
			}
			if ended.Revoked != nil {
				t.note("warning: HeyGen could not be told: %v", ended.Revoked)
			}
			noteVariable(t)
			text := "nothing to remove"
			switch {
			case ended.OAuth && ended.Key:
				text = "removed the OAuth session and the key"
			case ended.OAuth:
				text = "removed the OAuth session"
			case ended.Key:
				text = "removed the key"
			}
			return t.result(text, struct {
				OAuth   bool `json:"oauth"`
				Key     bool `json:"api_key"`
				Revoked bool `json:"revoked"`
			}{ended.OAuth, ended.Key, ended.OAuth && ended.Revoked == nil})
		},
	}
	c.Flags().BoolVar(&keep, "keep-api-key", false, "end the OAuth session only")
	return c
}
