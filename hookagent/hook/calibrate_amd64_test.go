package hook

import "testing"

func TestCalibrate(t *testing.T) {
	c, err := Calibrate()
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%+v; exact with 30 frames %.1f ns", c, c.Of(Exact, 30))
	if c.Of(Exact, 30) <= c.Of(Sites, 30) || c.Of(Sites, 30) <= c.Of(Count, 30) || c.Of(Count, 1) <= 0 || c.Attribution() <= 0 {
		t.Errorf("the modes do not cost what they should, one relative to the next: %+v", c)
	}
}
