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
	"os/signal"
	"syscall"

	"github.com/hframes/hframes"
	"github.com/hframes/hframes/source"
	"github.com/spf13/cobra"
)

// Exit codes (design §9).
const (
	exitDone        = 0
	exitFailed      = 1
	exitUsage       = 2
	exitInterrupted = 130
)

func main() {
	os.Exit(run(os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}

// run executes one command line and returns its exit code. The first Ctrl-C stops the work and lets it clean up, the
// second kills the process.
func run(args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop)

	t := newTerminal(stdin, stdout, stderr)
	root := rootCommand(t)
	root.SetArgs(args)
	root.SetIn(stdin)
	root.SetOut(stdout)
	root.SetErr(stderr)
	err := root.ExecuteContext(ctx)
	if err != nil && ctx.Err() != nil {
		err = ctx.Err()
	}
	return t.finish(err)
}

const about = `hframes turns Markdown into video.

One Markdown file becomes a HyperFrames composition, and the composition becomes an MP4:

  hframes init film            start a film
  hframes render film          make the MP4
  hframes build film -o out    write the composition

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
		Args:          noCommand,
		RunE:          func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	root.PersistentFlags().BoolVar(&t.json, "json", false, "print the result as one JSON document on stdout")
	root.SuggestionsMinimumDistance = 2
	root.SetFlagErrorFunc(func(c *cobra.Command, err error) error { return usageError{c, err} })
	root.AddCommand(
		initCommand(t), buildCommand(t), checkCommand(t), renderCommand(t), timingCommand(t),
		layoutsCommand(t), schemaCommand(t), doctorCommand(t), versionCommand(t),
	)
	root.InitDefaultCompletionCmd()
	return root
}

// noCommand turns a first word that is no command into a usage error with the nearest command.
func noCommand(c *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	var names []string
	for _, sub := range c.Commands() {
		if !sub.Hidden {
			names = append(names, sub.Name())
		}
	}
	return usageError{c, hinted{fmt.Errorf("unknown command %q", args[0]), source.DidYouMean(args[0], names)}}
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

// args returns a check of the number of positional arguments that ends in a usage error.
func args(check cobra.PositionalArgs) cobra.PositionalArgs {
	return func(c *cobra.Command, words []string) error {
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
	return exitFailed
}
