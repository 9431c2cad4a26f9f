package transfer_test

import (
	"testing"

	"roster.example/roster/internal/store/postgres/pgtest"
)

func TestMain(m *testing.M) { pgtest.Main(m) }
