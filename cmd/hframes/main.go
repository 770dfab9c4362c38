// Command hframes turns Markdown into motion-graphics video.
//
// The command owns the terminal: flags, printing, colour and exit codes. Everything else is in the packages it calls.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"slices"
	"syscall"
	"time"

	"github.com/hframes/hframes"
	"github.com/hframes/hframes/source"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// Exit codes (design §9).
const (
	exitDone        = 0
	exitFailed      = 1
	exitUsage       = 2
	exitDenied      = 3 // key or permission
	exitRunning     = 4 // it goes on without us
	exitInterrupted = 130
)

func main() {
	os.Exit(run(os.Args[1:], os.Stdout, os.Stderr))
}

// patience is how long a stopped command cleans up undisturbed. It takes up to half a second.
const patience = 2 * time.Second

// run executes one command line and returns its exit code. The first Ctrl-C, or the end of its terminal, stops the work
// and lets it clean up; one more kills the process, but only after a while, as impatient people press twice.
func run(args []string, stdout, stderr io.Writer) int {
	stops := []os.Signal{os.Interrupt, syscall.SIGTERM}
	if !signal.Ignored(syscall.SIGHUP) { // nohup
		stops = append(stops, syscall.SIGHUP)
	}
	ctx, stop := signal.NotifyContext(context.Background(), stops...)
	defer stop()
	context.AfterFunc(ctx, func() { time.AfterFunc(patience, stop) })
	// Who reads our output may leave: that is an error of the write, and no reason to die with everything lying about.
	signal.Notify(make(chan os.Signal, 1), syscall.SIGPIPE)

	t := newTerminal(stdout, stderr)
	root := rootCommand(t)
	root.SetArgs(args)
	root.SetOut(stdout)
	root.SetErr(stderr)
	err := root.ExecuteContext(ctx)
	if err != nil && ctx.Err() != nil && !errors.Is(err, context.Canceled) {
		err = ctx.Err()
	}
	var usage usageError
	if errors.As(err, &usage) {
		t.json = t.json || asksJSON(args) // a fault in one flag ends the reading of those behind it
	}
	return t.finish(err)
}

// asksJSON reports whether --json stands anywhere among the flags.
func asksJSON(args []string) bool {
	if end := slices.Index(args, "--"); end >= 0 {
		args = args[:end]
	}
	return slices.Contains(args, "--json") || slices.Contains(args, "--json=true")
}

const about = `hframes turns Markdown into video.

One Markdown file becomes a HyperFrames composition, and the composition becomes an MP4:

  hframes init film            start a film
  hframes preview film         see it in the browser while you write
  hframes render film          make the MP4
  hframes snapshot film        take a still of each scene
  hframes plan film            see what a render would make, and why
  hframes batch film rows.csv  make one video per row of a data file
  hframes build film -o out    write the composition
  hframes auth login           keep a key for HeyGen's cloud

A deck is a Markdown file, or a folder with a video.md. A folder with an index.html is taken as a
HyperFrames project and left as it is.

Exit codes: 0 done, 1 failed, 2 usage, 3 key or permission, 4 still running, 130 interrupted.`

func rootCommand(t *terminal) *cobra.Command {
	root := &cobra.Command{
		Use:           "hframes",
		Short:         "Markdown in, video out",
		Long:          about,
		SilenceErrors: true,
		SilenceUsage:  true,
		Args:          unknown("command"),
		RunE:          showHelp,
	}
	root.PersistentFlags().BoolVar(&t.json, "json", false, "print the result as one JSON document on stdout")
	root.SuggestionsMinimumDistance = 2
	root.SetFlagErrorFunc(flagError)
	root.AddCommand(
		initCommand(t), buildCommand(t), previewCommand(t), checkCommand(t), renderCommand(t), snapshotCommand(t), planCommand(t), batchCommand(t), cloudCommand(t), authCommand(t),
		timingCommand(t), layoutsCommand(t), schemaCommand(t), cacheCommand(t), doctorCommand(t), versionCommand(t), devCommand(t),
	)
	root.InitDefaultCompletionCmd()
	root.InitDefaultHelpCmd()
	for _, c := range root.Commands() { // cobra's own two take anything and exit with 0
		switch c.Name() {
		case "help":
			c.RunE = helpAbout
		case "completion":
			c.Args, c.RunE = unknown("shell"), showHelp
			for _, shell := range c.Commands() {
				shell.Args = args(cobra.NoArgs)
			}
		}
	}
	return root
}

func showHelp(c *cobra.Command, _ []string) error { return c.Help() }

// helpAbout shows the help of the command that words name.
func helpAbout(c *cobra.Command, words []string) error {
	about, rest, err := c.Root().Find(words)
	if err != nil {
		return usageError{c, err}
	}
	if err := unknown("command")(about, rest); err != nil {
		return err
	}
	about.InitDefaultHelpFlag()
	return about.Help()
}

// unknown turns a first word that is none of a command's own into a usage error with the nearest one.
func unknown(kind string) cobra.PositionalArgs {
	return func(c *cobra.Command, words []string) error {
		if len(words) == 0 {
			return nil
		}
		var names []string
		for _, sub := range c.Commands() {
			if !sub.Hidden {
				names = append(names, sub.Name())
			}
		}
		return usageError{c, hinted{fmt.Errorf("unknown %s %q", kind, words[0]), source.DidYouMean(words[0], names)}}
	}
}

// flagError turns a fault in a flag into a usage error, with the nearest flag for one that does not exist.
func flagError(c *cobra.Command, err error) error {
	var missing *pflag.NotExistError
	if !errors.As(err, &missing) {
		return usageError{c, err}
	}
	var names []string
	c.Flags().VisitAll(func(f *pflag.Flag) { names = append(names, f.Name) })
	hint := c.CommandPath() + " --help lists the flags"
	if near := source.Nearest(missing.GetSpecifiedName(), names); near != "" {
		hint = fmt.Sprintf("did you mean --%s?", near)
	}
	return usageError{c, hinted{err, hint}}
}

// complete gives the shells the values of a flag.
func complete(c *cobra.Command, flag string, values []string) {
	c.RegisterFlagCompletionFunc(flag, cobra.FixedCompletions(values, cobra.ShellCompDirectiveNoFileComp))
}

// usageError is a fault in the command line itself: exit code 2.
type usageError struct {
	command *cobra.Command
	err     error
}

func (e usageError) Error() string { return e.err.Error() }
func (e usageError) Unwrap() error { return e.err }

// hinted is an error with what to do about it.
type hinted struct {
	err  error
	hint string
}

func (e hinted) Error() string { return e.err.Error() }
func (e hinted) Unwrap() error { return e.err }
func (e hinted) Hint() string  { return e.hint }

// args returns a check of the positional arguments that ends in a usage error: their number, and that none is empty, as
// a variable that is not set makes them in a shell.
func args(check cobra.PositionalArgs) cobra.PositionalArgs {
	return func(c *cobra.Command, words []string) error {
		if slices.Contains(words, "") {
			return usageError{c, errors.New("an argument is empty")}
		}
		if err := check(c, words); err != nil {
			return usageError{c, err}
		}
		return nil
	}
}

// deck opens the deck that a command line names; no argument means this folder.
func deck(words []string, o hframes.Options) (*hframes.Project, error) {
	path := "."
	if len(words) > 0 {
		path = words[0]
	}
	return hframes.Open(path, o)
}

// code returns the exit code for an error.
func code(err error) int {
	var usage usageError
	switch {
	case err == nil:
		return exitDone
	case errors.Is(err, context.Canceled):
		return exitInterrupted
	case errors.As(err, &usage):
		return exitUsage
	}
	var own interface{ ExitCode() int }
	if errors.As(err, &own) && !isProgram(own) {
		return own.ExitCode()
	}
	return exitFailed
}

// isProgram reports whether the exit code is that of a program that we ran, which says nothing about ours.
func isProgram(e any) bool {
	_, program := e.(*exec.ExitError)
	return program
}
