package hook

// Cost is what the injected code takes on this machine with everything in the first-level cache: the least it can cost.
type Cost struct {
	exact        float64 // ns an allocation, but for its frames
	perFrame     float64 // ns a frame
	sites        float64
	sitesSampled float64
	sampled      float64
	count        float64

	attribution float64 // what counting by creator and labels adds
}

// Of returns the cost of an allocation in ns, of a mode and a number of frames.
func (c Cost) Of(m Mode, frames float64) float64 {
	switch m {
	case Exact:
		return c.exact + frames*c.perFrame
	case Sites:
		return c.sites
	case SitesSampled:
		return c.sitesSampled
	case Sampled:
		return c.sampled
	case Count:
		return c.count
	}
	return 0
}

// Attribution returns what counting by creator and labels adds to an allocation, in ns.
func (c Cost) Attribution() float64 { return c.attribution }
