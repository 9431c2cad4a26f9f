package apitest

import (
	"io"
	"strings"
	"testing"
)

func TestCurlCommandsBecomeRequests(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ line, want string }{
		// Seed 002, "Disable a user".
		{"curl -H \"Authorization: Bearer t7iY\" \\\n     -H \"Content-type:application/json\" \\\n     -X PUT \\\n     http://localhost:3000/api/users/ztKv \\\n     -d '{ \"action\": \"disableLogin\" }'",
			`PUT http://t/base/api/users/ztKv type=application/json auth=Bearer t7iY body={ "action": "disableLogin" }`},
		{`curl --header "PRIVATE-TOKEN: x" "https://gitlab.example.com/api/v4/users?a=1&b=%2F"`, `GET http://t/base/api/v4/users?a=1&b=%2F type= auth= body=`},
		{`curl --request POST --url https://a.example/x --data "a=1" --data-raw b=@2`, `POST http://t/base/x type=application/x-www-form-urlencoded auth= body=a=1&b=@2`},
		{`curl -sSk -uacme/ada:key -XDELETE api3.codebasehq.com/users`, `DELETE http://t/base/users type= auth=Basic YWNtZS9hZGE6a2V5 body=`},
		{`curl -d "it\"s \$1 \n"\ \'  http://x`, `POST http://t/base/ type=application/x-www-form-urlencoded auth= body=it"s $1 \n '`},
		{`curl http://x -d ''`, `POST http://t/base/ type=application/x-www-form-urlencoded auth= body=`},
		{"curl -i http://x/\r\n", `GET http://t/base/ type= auth= body=`},
	} {
		r, err := Curl("http://t/base/", c.line)
		if err != nil {
			t.Errorf("%s: %v", c.line, err)
			continue
		}
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Fatal(err)
		}
		h := r.Header
		got := r.Method + " " + r.URL.String() + " type=" + h.Get("Content-Type") + " auth=" + h.Get("Authorization") + " body=" + string(body)
		if got != c.want {
			t.Errorf("%s\ngot  %s\nwant %s", c.line, got, c.want)
		}
	}
}

func TestCurlFormsAreMultipart(t *testing.T) {
	t.Parallel()
	r, err := Curl("http://t", `curl -X PUT -F "name=Ada Lee" --form 'admin=true' http://x/users/1`)
	if err != nil {
		t.Fatal(err)
	}
	if err := r.ParseMultipartForm(1 << 20); err != nil {
		t.Fatal(err)
	}
	if r.Method != "PUT" || r.PostFormValue("name") != "Ada Lee" || r.PostFormValue("admin") != "true" {
		t.Errorf("got %s %v", r.Method, r.MultipartForm)
	}
}

func TestUnsupportedCurlCommandsAreRejected(t *testing.T) {
	t.Parallel()
	for line, want := range map[string]string{
		`wget http://x`:                 "begin with curl",
		``:                              "begin with curl",
		`curl`:                          "URL",
		`curl http://`:                  "URL",
		`curl http://x http://y`:        "second URL",
		`curl -H 'A: b http://x`:        "quote",
		`curl -d "a http://x`:           "quote",
		`curl http://x -X`:              "lacks its value",
		`curl -d @file http://x`:        "files",
		`curl -F f=@file http://x`:      "name=value",
		`curl -F f http://x`:            "name=value",
		`curl -F a=b -d c=d http://x`:   "both",
		`curl -H rubbish http://x`:      "not a header",
		`curl --upload-file a http://x`: "not supported",
		`curl -so a http://x`:           "-o is not supported",
	} {
		if _, err := Curl("http://t", line); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want an error with %q", line, err, want)
		}
	}
}
