using Silo.Server.Intake;

namespace Silo.Server.Access;

/// <summary>What a send asks of its caller's key.</summary>
internal static class SendAccess
{
    /// <summary>Why a tenant's key may not send for the tenant that a message names; null when it may. Nothing is looked up for it.</summary>
    public static SendReply? OfTenant(Authorization authorization, SendDraft draft) =>
        draft.TenantName == draft.Request.Caller!.TenantName
            ? null
            : Refusal(authorization.Decide(draft.Request.Caller, new AccessRequest(ActionOf(draft), [], draft.TenantName) { IsForTenants = true }));

    /// <summary>Why a key may not send with these resources; null when it may.</summary>
    public static SendReply? Of(Authorization authorization, SendDraft draft, IReadOnlyList<string> resources)
    {
        if (draft.Request.Caller is not { } caller || (caller.Kind != CredentialKind.Tenant && caller.Key.Statements is null)) return null;
        return Refusal(authorization.Decide(caller, new AccessRequest(ActionOf(draft), resources, draft.TenantName)
        {
            IsForTenants = true, FromAddresses = [draft.From.Address.ToString(), .. draft.OtherAuthors.Select(a => a.ToString())],
            FromDisplayName = draft.From.DisplayName, FeedbackAddress = draft.EnvelopeSender, Recipients = draft.Recipients,
        }));
    }

    private static string ActionOf(SendDraft draft) => draft.Request.Action ?? draft.Request.Content switch
    {
        RawContent => "ses:SendRawEmail",
        TemplateContent => "ses:SendTemplatedEmail",
        _ => "ses:SendEmail",
    };

    private static SendReply? Refusal(AccessDecision decision) =>
        decision.IsAllowed ? null : SendReply.Refused(SendRefusal.AccessDenied, decision.Denial!);
}
