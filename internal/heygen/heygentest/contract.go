package heygentest

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/santhosh-tekuri/jsonschema/v6/kind"
)

// openapi says what HeyGen's API takes and gives, for the operations of this package.
//
//go:embed openapi.json
var openapi []byte

// contract is openapi, ready for use.
type contract struct {
	operations map[string]*operation
	failure    *jsonschema.Schema
	events     []string // types of webhook events
}

// operation is one of the API.
type operation struct {
	Scopes     []string                   // that an API key must have
	Idempotent bool                       // takes an Idempotency-Key
	Query      map[string]json.RawMessage // parameters
	Body       json.RawMessage
	Status     int // of success

	query        map[string]*jsonschema.Schema
	body, answer *jsonschema.Schema
}

func readContract() (*contract, error) {
	var doc struct {
		Operations map[string]*operation
		Schemas    struct{ EventType struct{ Enum []string } }
	}
	if err := json.Unmarshal(openapi, &doc); err != nil {
		return nil, fmt.Errorf("read openapi.json: %w", err)
	}
	tree, err := jsonschema.UnmarshalJSON(bytes.NewReader(openapi))
	if err != nil {
		return nil, fmt.Errorf("read openapi.json: %w", err)
	}
	compiler := jsonschema.NewCompiler()
	if err := compiler.AddResource("openapi.json", tree); err != nil {
		return nil, err
	}
	compile := func(path ...string) (*jsonschema.Schema, error) {
		pointer := "openapi.json#"
		for _, p := range path {
			pointer += "/" + url.PathEscape(strings.NewReplacer("~", "~0", "/", "~1").Replace(p))
		}
		return compiler.Compile(pointer)
	}
	c := &contract{operations: doc.Operations, events: doc.Schemas.EventType.Enum}
	if c.failure, err = compile("schemas", "Error"); err != nil {
		return nil, err
	}
	for name, op := range doc.Operations {
		if op.answer, err = compile("operations", name, "answer"); err != nil {
			return nil, err
		}
		if op.Body != nil {
			if op.body, err = compile("operations", name, "body"); err != nil {
				return nil, err
			}
		}
		op.query = map[string]*jsonschema.Schema{}
		for q := range op.Query {
			if op.query[q], err = compile("operations", name, "query", q); err != nil {
				return nil, err
			}
		}
	}
	return c, nil
}

// maxJSON is the longest body of an operation that takes JSON.
const maxJSON = 64 << 20

// check holds a request to its operation's schemas.
func (s *Server) check(c *call, op *operation) *failure {
	for name, values := range c.r.URL.Query() {
		schema := op.query[name]
		if schema == nil {
			return invalid(name, "There is no query parameter %q.", name)
		}
		var value any = values[0]
		if n, err := strconv.Atoi(values[0]); err == nil && slices.Contains(types(schema), "integer") {
			value = n
		}
		if err := schema.Validate(value); err != nil {
			return invalid(name, "The query parameter %q is not what it must be.", name)
		}
	}
	if op.body == nil {
		return nil
	}
	body, err := io.ReadAll(http.MaxBytesReader(nil, c.r.Body, maxJSON))
	if err != nil {
		if _, large := err.(*http.MaxBytesError); large {
			return &failure{Status: http.StatusRequestEntityTooLarge, Code: "payload_too_large", Message: "The body is too large."}
		}
		return invalid("", "The body ends too soon.")
	}
	if kind, _, _ := strings.Cut(c.r.Header.Get("Content-Type"), ";"); strings.TrimSpace(kind) != "application/json" {
		return invalid("", "The body must be JSON, with Content-Type application/json.")
	}
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(body))
	if err != nil {
		return invalid("", "The body is no JSON.")
	}
	c.body = body
	if err := op.body.Validate(value); err != nil {
		v, ok := err.(*jsonschema.ValidationError)
		if !ok {
			return invalid("", "%v", err)
		}
		param, what := blame(v)
		return invalid(param, "The field %q %s.", param, what)
	}
	return nil
}

// types returns the types that a schema allows.
func types(s *jsonschema.Schema) []string {
	if s.Ref != nil {
		return types(s.Ref)
	}
	if s.Types == nil {
		return nil
	}
	return s.Types.ToStrings()
}

// blame returns the field that a body is refused for, and why.
func blame(e *jsonschema.ValidationError) (param, what string) {
	causes := e.Causes
	if _, union := e.ErrorKind.(*kind.OneOf); union {
		// The alternative that the author had in mind is the one whose type is right.
		for _, c := range causes {
			if !wrongType(c) {
				causes = []*jsonschema.ValidationError{c}
				break
			}
		}
	}
	if len(causes) > 0 {
		return blame(causes[0])
	}
	path := slices.Clone(e.InstanceLocation)
	what = "is not what it must be"
	switch k := e.ErrorKind.(type) {
	case *kind.AdditionalProperties:
		path, what = append(path, k.Properties[0]), "does not exist"
	case *kind.Required:
		path, what = append(path, k.Missing[0]), "is missing"
	case *kind.Type:
		what = "must be: " + strings.Join(k.Want, " or ")
	case *kind.Enum:
		what = fmt.Sprintf("must be one of %v", k.Want)
	case *kind.MaxLength:
		what = fmt.Sprintf("is longer than %d characters", k.Want)
	case *kind.Minimum, *kind.Maximum:
		what = "is out of range"
	}
	return strings.Join(path, "."), what
}

// wrongType reports whether an alternative of a union was refused for its type field.
func wrongType(e *jsonschema.ValidationError) bool {
	if _, constant := e.ErrorKind.(*kind.Const); constant {
		return true
	}
	return slices.ContainsFunc(e.Causes, wrongType)
}
