package monitor

import (
	"testing"

	"gotop/hookagent/monitor/monitortest"
	"gotop/hookagent/table"
)

// TestPaths: the type's pointers and the range of sizes say which way an allocation goes.
func TestPaths(t *testing.T) {
	tables := monitortest.New()
	m := New(Config{Tables: tables, Types: fakeTypes{}})
	for _, c := range []struct {
		stack table.Stack
		want  int8
	}{
		{table.Stack{Range: table.RangeTiny}, PathTiny},
		{table.Stack{Range: table.RangeTiny, Type: 32}, PathTiny},
		{table.Stack{Range: table.RangeTiny, Type: 16}, PathSmallScan},
		{table.Stack{Type: 16}, PathSmallScan},
		{table.Stack{Type: 32, Kind: table.KindSample}, PathSmallNoScan},
		{table.Stack{Range: table.RangeLarge, Type: 16}, PathLarge},
		{table.Stack{Range: table.RangeLarge, Type: 33}, PathLarge},
		{table.Stack{Type: 33}, PathUnknown},
		{table.Stack{Kind: table.KindGo, Type: 16}, PathUnknown},
	} {
		id := tables.AddStack(c.stack)
		m.scan(Now(), false)
		if got := state(m).Path(id); got != c.want {
			t.Errorf("%+v goes %d, want %d", c.stack, got, c.want)
		}
	}
}
