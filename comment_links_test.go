package roster_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"regexp"
	"strings"
	"testing"
)

// declarations are the names that the Go files of a folder declare: "Name", "Type.Method" and
// "Type.Field". embeds has the types with embedded fields, and members the names of all methods and
// fields of the repository, any of which may be promoted.
type declarations struct {
	names, embeds, members map[string]bool
}

func (d declarations) has(name string) bool {
	typeName, member, _ := strings.Cut(name, ".")
	return d.names[name] || d.embeds[typeName] && d.members[member]
}

func (d declarations) addMember(typeName, member string) {
	d.names[typeName+"."+member], d.members[member] = true, true
}

func (d declarations) add(file *ast.File) {
	for _, declaration := range file.Decls {
		switch declared := declaration.(type) {
		case *ast.FuncDecl:
			if declared.Recv == nil {
				d.names[declared.Name.Name] = true
			} else {
				d.addMember(receiverName(declared.Recv.List[0].Type), declared.Name.Name)
			}
		case *ast.GenDecl:
			for _, spec := range declared.Specs {
				d.addSpec(spec)
			}
		}
	}
}

func (d declarations) addSpec(spec ast.Spec) {
	switch s := spec.(type) {
	case *ast.ValueSpec:
		for _, name := range s.Names {
			d.names[name.Name] = true
		}
	case *ast.TypeSpec:
		d.names[s.Name.Name] = true
		switch t := s.Type.(type) {
		case *ast.StructType:
			d.addMembers(s.Name.Name, t.Fields)
		case *ast.InterfaceType:
			d.addMembers(s.Name.Name, t.Methods)
		}
	}
}

func (d declarations) addMembers(typeName string, fields *ast.FieldList) {
	for _, field := range fields.List {
		if len(field.Names) == 0 {
			d.embeds[typeName] = true
		}
		for _, name := range field.Names {
			d.addMember(typeName, name.Name)
		}
	}
}

func receiverName(receiver ast.Expr) string {
	switch t := receiver.(type) {
	case *ast.StarExpr:
		return receiverName(t.X)
	case *ast.IndexExpr:
		return receiverName(t.X)
	case *ast.Ident:
		return t.Name
	}
	return ""
}

var (
	commentLink  = regexp.MustCompile(`\[\*?([A-Za-z]\w*(?:\.\w+){0,2})\](?:[^(:]|$)`)
	lowerOrUpper = regexp.MustCompile(`^(?:[a-z0-9]+|[A-Z0-9_]+)$`) // a word or a placeholder, not an identifier
)

// A link in a comment names something that exists.
func TestLinksInCommentsHaveTargets(t *testing.T) {
	t.Parallel()
	comments, declared, folders := parsedComments(t)
	for file, links := range comments {
		own := declared[path.Dir(file)]
		for _, link := range links {
			first, rest, qualified := strings.Cut(link, ".")
			others, isPackage := folders[first]
			switch {
			case lowerOrUpper.MatchString(link), own.has(link):
			case !qualified || strings.ToLower(first) != first:
				t.Errorf("%s links to %s, which its package does not declare", file, link)
			case isPackage && !anyHas(others, rest):
				t.Errorf("%s links to %s, which does not exist", file, link)
			}
		}
	}
}

func anyHas(all []declarations, name string) bool {
	for _, d := range all {
		if d.has(name) {
			return true
		}
	}
	return false
}

// parsedComments returns the links in the comments of each Go file, the declarations of each folder, and
// those of the folders of each name.
func parsedComments(t *testing.T) (links map[string][]string, declared map[string]declarations, folders map[string][]declarations) {
	t.Helper()
	links, declared, folders = map[string][]string{}, map[string]declarations{}, map[string][]declarations{}
	members := map[string]bool{}
	err := fs.WalkDir(os.DirFS("."), ".", func(file string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && isForeignFolder(entry.Name()):
			return fs.SkipDir
		case path.Ext(file) != ".go":
			return nil
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ParseComments)
		if err != nil {
			return err
		}
		folder := path.Dir(file)
		if _, known := declared[folder]; !known {
			declared[folder] = declarations{map[string]bool{}, map[string]bool{}, members}
			folders[path.Base(folder)] = append(folders[path.Base(folder)], declared[folder])
		}
		declared[folder].add(parsed)
		for _, group := range parsed.Comments {
			for _, found := range commentLink.FindAllStringSubmatch(group.Text(), -1) {
				links[file] = append(links[file], found[1])
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return links, declared, folders
}
