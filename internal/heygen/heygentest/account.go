package heygentest

import "time"

// me is GET /v3/users/me.
func (s *Server) me(c *call) (any, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	u := map[string]any{"username": c.account.Name, "email": c.account.Name + "@example.com", "first_name": "Test", "last_name": "User",
		"billing_type": "wallet", "wallet": nil, "subscription": nil, "usage_based": nil}
	if c.oauth {
		u["billing_type"] = "subscription"
		u["subscription"] = map[string]any{"plan": "creator", "credits": map[string]any{
			"premium_credits": map[string]any{"remaining": 120, "resets_at": s.now().AddDate(0, 1, 0).UTC().Format(time.RFC3339)}, "add_on_credits": nil}}
		return u, nil
	}
	u["wallet"] = map[string]any{"currency": "usd", "remaining_balance": c.account.Balance,
		"auto_reload": map[string]any{"enabled": false, "threshold_usd": nil, "amount_usd": nil}}
	return u, nil
}

// keySelf is GET /v3/api_keys/self.
func (s *Server) keySelf(c *call) (any, error) {
	mode, scopes := "all", []string{}
	if c.account.Scopes != nil {
		mode, scopes = "custom", c.account.Scopes
	}
	return map[string]any{"key_id": "key_" + c.account.id, "key_name": c.account.Name, "status": "active", "scope_mode": mode, "scopes": scopes,
		"created_at": "2026-01-01T00:00:00Z", "updated_at": "2026-01-01T00:00:00Z", "expires_at": nil, "expires_in_seconds": nil}, nil
}
