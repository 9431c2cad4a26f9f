package cli

import (
	"context"
	"fmt"
	"io"

	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/model"
)

type orgSecondFactor struct {
	orgArg
	Off bool `help:"Do not require it any more."`
}

// Help is shown below the flags.
func (orgSecondFactor) Help() string {
	return `A session of a member without a second factor can then only add one. API keys and access tokens are
not affected. The setting security.require_second_factor applies besides.

Examples:
  roster org require-second-factor web-team
  roster org require-second-factor web-team --off`
}

// Run sets whether the members need a second factor.
func (c *orgSecondFactor) Run(e *environment) error {
	return e.execute("org require-second-factor", c)
}

func (c *orgSecondFactor) execute(ctx context.Context, d *directory.Directory, out io.Writer) error {
	org, err := c.find(ctx, d)
	if err != nil {
		return err
	}
	if _, err := d.RequireSecondFactorIn(ctx, model.Operator(), org.ID, !c.Off); err != nil {
		return explain(err)
	}
	text := "Members of %s need a second factor.\n"
	if c.Off {
		text = "Members of %s need no second factor.\n"
	}
	_, err = fmt.Fprintf(out, text, org.Slug)
	return err
}
