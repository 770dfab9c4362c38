package templates

import (
	"bytes"
	_ "embed"
	"errors"
	"html/template"
	"regexp"
	"strconv"
	"strings"
	"sync"
	texttemplate "text/template"

	"github.com/hframes/hframes/source"
)

//go:embed parts.html
var parts string // what every template may call by {{template}}

// A page is one HTML template, parsed when it is first run.
type page struct {
	file *source.File // nil if there is none
	once sync.Once
	tmpl *template.Template
	list source.List // what is wrong with it
}

// execute runs the template over data. It returns what was written before the first fault.
func (p *page) execute(data any) (template.HTML, source.List) {
	p.once.Do(p.parse)
	if p.tmpl == nil {
		return "", p.list
	}
	var out bytes.Buffer
	if err := p.tmpl.Execute(&out, data); err != nil {
		return "", source.List{p.diagnose(err)}
	}
	return template.HTML(out.String()), nil
}

func (p *page) parse() {
	if p.file == nil {
		return // reported when it was looked for
	}
	t, err := template.New("parts.html").Option("missingkey=error").Funcs(funcs).Parse(parts)
	if err == nil {
		t, err = t.New(p.file.Name).Parse(string(p.file.Data))
	}
	if err != nil {
		p.list.Add(p.diagnose(err))
		return
	}
	p.tmpl = t
}

// place is what html/template and text/template put before a message: name:line: or name:line:column:.
var place = regexp.MustCompile(`^(?:html/template|template): ?.*?:(\d+)(?::(\d+))?: `)

// diagnose turns an error of html/template into a diagnostic at its line and, where it is known, its column.
func (p *page) diagnose(err error) source.Diagnostic {
	code, text := "templates/template", err.Error()
	if exec := (texttemplate.ExecError{}); errors.As(err, &exec) {
		code = "templates/execute"
	}
	line, col := 1, 0
	named := strings.Replace(text, p.file.Name, "file", 1) // a name may hold colons
	if m := place.FindStringSubmatch(named); m != nil {
		line, _ = strconv.Atoi(m[1])
		col, _ = strconv.Atoi(m[2])
		text = named[len(m[0]):]
	}
	pos := source.Pos{File: p.file.Name, Line: line, Col: col + 1}
	end := source.Pos{}
	src := p.file.Line(line)
	if name := unknown.FindStringSubmatch(text); name != nil && strings.Contains(src, name[1]) {
		pos.Col = strings.Index(src, name[1]) + 1
		end = source.Pos{File: p.file.Name, Line: line, Col: pos.Col + len(name[1])}
	} else if col == 0 {
		pos.Col = len(src) - len(strings.TrimLeft(src, " \t")) + 1
		end = source.Pos{File: p.file.Name, Line: line, Col: len(src) + 1}
	}
	return p.file.AtPos(pos, end, code, plain(text)).WithHint(hint(text))
}

var unknown = regexp.MustCompile(`^(?:function|undefined variable) "([^"]+)"`)

var executing = regexp.MustCompile(`^executing "[^"]*" at <(.*)>: (.*)$`)

// plain drops what an author need not know from a message of html/template.
func plain(text string) string {
	text, _, _ = strings.Cut(text, "\n")
	text, _, _ = strings.Cut(text, ": {state") // html/template's own view of where it is
	if m := executing.FindStringSubmatch(text); m != nil {
		text = m[2] + " in " + quote("{{"+m[1]+"}}")
	}
	return strings.TrimSuffix(text, ".")
}

func hint(text string) string {
	switch {
	case strings.Contains(text, "map has no entry for key"):
		return "declare the setting in layout.yaml, with a default"
	case strings.Contains(text, "can't evaluate field"):
		return "a layout sees templates.View and nothing else"
	case strings.Contains(text, "not defined"):
		if name := unknown.FindStringSubmatch(text); name != nil {
			return source.DidYouMean(name[1], funcNames())
		}
	}
	return ""
}
