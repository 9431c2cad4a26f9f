package cli

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/alecthomas/kong"
)

type completionCommand struct {
	Shell choice `arg:"" enum:"bash,zsh,fish" help:"bash, zsh or fish."`
}

// Help is shown below the flags.
func (completionCommand) Help() string {
	return `Examples:
  source <(roster completion bash)
  roster completion fish > ~/.config/fish/completions/roster.fish`
}

// Run prints the script.
func (c *completionCommand) Run(e *environment) error {
	write := map[string]func(*kong.Node) string{"bash": bashScript, "zsh": zshScript, "fish": fishScript}[string(c.Shell)]
	_, err := fmt.Fprint(e.stdout, write(e.parser.Model.Node))
	return err
}

// walk visits a command and all below it; path is the chain of their names.
func walk(node *kong.Node, path []string, visit func(node *kong.Node, path []string)) {
	visit(node, path)
	for _, child := range visibleChildren(node) {
		walk(child, append(slices.Clone(path), child.Name), visit)
	}
}

// visibleChildren returns the subcommands that help shows.
func visibleChildren(node *kong.Node) []*kong.Node {
	return slices.DeleteFunc(slices.Clone(node.Children), func(child *kong.Node) bool { return child.Hidden })
}

func childNames(node *kong.Node) []string {
	var names []string
	for _, child := range visibleChildren(node) {
		names = append(names, child.Name)
	}
	return names
}

// words lists what may follow a command: subcommands, values of its arguments, its flags, and
// the flags of its parents.
func words(node *kong.Node) []string {
	next := childNames(node)
	for _, argument := range node.Positional {
		next = append(next, knownValues(argument)...)
	}
	for above := node; above != nil; above = above.Parent {
		for _, flag := range above.Flags {
			if name := "--" + flag.Name; !flag.Hidden && !slices.Contains(next, name) {
				next = append(next, name)
			}
		}
	}
	return next
}

// flagValues returns the flags with a closed set of values, by command and flag, such as "user
// list --state".
func flagValues(root *kong.Node) map[string]*kong.Flag {
	all := map[string]*kong.Flag{}
	walk(root, nil, func(node *kong.Node, path []string) {
		for _, flag := range node.Flags {
			if len(knownValues(flag.Value)) > 0 {
				all[strings.Join(append(slices.Clone(path), "--"+flag.Name), " ")] = flag
			}
		}
	})
	return all
}

// valueFlags lists all flags that take a value.
func valueFlags(root *kong.Node) []string {
	var flags []string
	walk(root, nil, func(node *kong.Node, _ []string) {
		for _, flag := range node.Flags {
			if name := "--" + flag.Name; !flag.IsBool() && !slices.Contains(flags, name) {
				flags = append(flags, name)
			}
		}
	})
	return flags
}

// commandPaths lists all commands, quoted for a shell.
func commandPaths(root *kong.Node) []string {
	var all []string
	walk(root, nil, func(_ *kong.Node, path []string) {
		if len(path) > 0 {
			all = append(all, strconv.Quote(strings.Join(path, " ")))
		}
	})
	return all
}

// bashScript returns a script that finds the typed command and completes the next word. It skips
// arguments, flags and their values, and "help" before a command; bash treats "=" as a separate
// word.
func bashScript(root *kong.Node) string {
	var b strings.Builder
	fmt.Fprintf(&b, `_roster() {
  local path="" words="" list="" i
  for ((i = 1; i < COMP_CWORD; i++)); do
    [[ -z "$path" && "${COMP_WORDS[i]}" == help ]] && continue
    case "${COMP_WORDS[i]}" in
    %s)
      [[ "${COMP_WORDS[i + 1]}" == "=" ]] && ((i += 2)) || ((i += 1))
      ;;
    -*) ;;
    *)
      case "${path:+$path }${COMP_WORDS[i]}" in
      %s) path="${path:+$path }${COMP_WORDS[i]}" ;;
      esac
      ;;
    esac
  done
  case "$path" in
`, strings.Join(valueFlags(root), " | "), strings.Join(commandPaths(root), " | "))
	walk(root, nil, func(node *kong.Node, path []string) {
		fmt.Fprintf(&b, "  %q) words=%q ;;\n", strings.Join(path, " "), strings.Join(words(node), " "))
	})
	b.WriteString(`  esac
  local flag="${COMP_WORDS[COMP_CWORD - 1]}"
  [[ "$flag" == "=" ]] && flag="${COMP_WORDS[COMP_CWORD - 2]}"
  case "$path $flag" in
`)
	flags := flagValues(root)
	for _, name := range slices.Sorted(maps.Keys(flags)) {
		fmt.Fprintf(&b, "  %s) words=%q%s ;;\n", bashPattern(name), strings.Join(knownValues(flags[name].Value), " "), bashList(flags[name]))
	}
	b.WriteString(`  esac
  local typed="${COMP_WORDS[COMP_CWORD]}" before=""
  [[ "$typed" == "=" ]] && typed=""
  [[ -n "$list" && "$typed" == *,* ]] && before="${typed%,*},"
  COMPREPLY=($(compgen -P "$before" -W "$words" -- "${typed#"$before"}"))
  [[ "${COMPREPLY[0]}" == *= ]] && compopt -o nospace 2>/dev/null
  return 0
}
complete -o default -F _roster roster
`)
	return b.String()
}

// bashPattern returns the pattern of a command and a flag. Flags of the root follow any command.
func bashPattern(name string) string {
	if strings.HasPrefix(name, "--") {
		return fmt.Sprintf(`*%q`, " "+name)
	}
	return strconv.Quote(name)
}

func bashList(flag *kong.Flag) string {
	if isList(flag.Value) {
		return " list=1"
	}
	return ""
}

// zshScript runs the bash script in zsh.
func zshScript(root *kong.Node) string {
	return "autoload -U +X bashcompinit && bashcompinit\n" + bashScript(root)
}

func fishScript(root *kong.Node) string {
	var b strings.Builder
	walk(root, nil, func(node *kong.Node, path []string) {
		for _, flag := range node.Flags {
			fmt.Fprintf(&b, "complete -c roster%s -l %s%s -d %s\n",
				fishCondition(path, nil), flag.Name, fishValues(flag), fishQuoted(flag.Help))
		}
		for _, argument := range node.Positional {
			if values := knownValues(argument); len(values) > 0 {
				fmt.Fprintf(&b, "complete -c roster%s -f -a %s\n", fishCondition(path, nil), fishQuoted(strings.Join(values, " ")))
			}
		}
		if _, ok := node.Target.Addr().Interface().(*helpCommand); ok {
			fmt.Fprintf(&b, "complete -c roster%s -f -a %s\n", fishCondition(path, nil), fishQuoted(strings.Join(childNames(root), " ")))
		}
		for _, child := range node.Children {
			fmt.Fprintf(&b, "complete -c roster%s -f -a %s -d %s\n",
				fishCondition(path, node.Children), child.Name, fishQuoted(child.Help))
		}
	})
	return b.String()
}

// fishValues returns the options that describe the value of a flag.
func fishValues(flag *kong.Flag) string {
	if values := knownValues(flag.Value); len(values) > 0 && isList(flag.Value) {
		return " -x -a " + fishQuoted(`(__fish_complete_list , "string split ' ' '`+strings.Join(values, " ")+`'")`)
	} else if len(values) > 0 {
		return " -x -a " + fishQuoted(strings.Join(values, " "))
	}
	if flag.IsBool() {
		return ""
	}
	return " -r"
}

// fishCondition returns a condition that is true after the words of path, until one of the
// commands in before was typed.
func fishCondition(path []string, before []*kong.Node) string {
	var conditions []string
	for _, word := range path {
		conditions = append(conditions, "__fish_seen_subcommand_from "+word)
	}
	if len(before) > 0 {
		var names []string
		for _, node := range before {
			names = append(names, node.Name)
		}
		conditions = append(conditions, "not __fish_seen_subcommand_from "+strings.Join(names, " "))
	}
	if len(conditions) == 0 {
		return ""
	}
	return " -n " + fishQuoted(strings.Join(conditions, "; and "))
}

// fishQuoted quotes text for fish, which knows only these two escapes in single quotes.
func fishQuoted(text string) string {
	return "'" + strings.NewReplacer(`\`, `\\`, "'", `\'`).Replace(text) + "'"
}
