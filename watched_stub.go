package hframes

func (p *Project) Watched() []string { return nil }
