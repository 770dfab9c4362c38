package heygentest

import (
	"maps"
	"net/http"
	"slices"
)

// codes are the documented codes of failures with the status that each comes with (heygen-api §3.2).
var codes = map[string]int{
	"invalid_parameter": 400, "download_failed": 400, "script_too_short": 400, "tts_text_invalid": 400, "content_policy_violation": 400,
	"unlimited_mode_disabled": 400, "resource_limit_reached": 400, "resource_limit_exceeded": 400, "hyperframes_project_invalid": 400,
	"unauthorized": 401, "authentication_failed": 401,
	"insufficient_credit": 402, "trial_limit_exceeded": 402, "plan_upgrade_required": 402, "subscription_required": 402,
	"forbidden": 403, "resource_access_denied": 403, "voice_not_usable": 403, "ai_vendor_access_restricted": 403,
	"avatar_consent_required": 403, "insufficient_api_key_scope": 403,
	"not_found": 404, "video_not_found": 404, "avatar_not_found": 404, "avatar_group_not_found": 404, "voice_not_found": 404,
	"template_not_found": 404, "asset_not_found": 404, "webhook_not_found": 404, "resource_not_found": 404, "hyperframes_render_not_found": 404,
	"asset_not_available": 409, "conflict": 409, "resource_not_ready": 409, "brand_kit_not_ready": 409, "request_in_progress": 409,
	"payload_too_large": 413, "hyperframes_project_too_large": 413, "voice_unavailable": 422,
	"rate_limit_exceeded": 429, "quota_exceeded": 429,
	"internal_error": 500, "video_delete_failed": 500, "voice_provider_error": 502, "service_unavailable": 503, "gateway_timeout": 504,
	"ephemeral_upload_disabled": 503,
}

// Codes returns the documented codes, sorted. A [Rule] answers with any of them.
func Codes() []string { return slices.Sorted(maps.Keys(codes)) }

// codeOf returns the code that is usual for a status.
func codeOf(status int) string {
	switch status {
	case http.StatusUnauthorized:
		return "unauthorized"
	case http.StatusPaymentRequired:
		return "insufficient_credit"
	case http.StatusForbidden:
		return "forbidden"
	case http.StatusNotFound:
		return "not_found"
	case http.StatusConflict:
		return "conflict"
	case http.StatusRequestEntityTooLarge:
		return "payload_too_large"
	case http.StatusTooManyRequests:
		return "rate_limit_exceeded"
	case http.StatusServiceUnavailable:
		return "service_unavailable"
	case http.StatusGatewayTimeout:
		return "gateway_timeout"
	}
	if status >= http.StatusInternalServerError {
		return "internal_error"
	}
	return "invalid_parameter"
}
