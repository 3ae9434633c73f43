using Silo.Server.Access;
using Silo.Server.Accounts;
using Silo.Server.Templates;
using Silo.Server.Tenants;

namespace Silo.Server.Intake;

/// <summary>What a send uses of the account, and what forbids it there.</summary>
/// <param name="IdentityArn">Of the identity that applies, or of the one that is missing.</param>
/// <param name="Set">The configuration set in effect: the one named, else the identity's default.</param>
/// <param name="Refusal">The first thing wrong beside the tenant's own say; null when nothing is.</param>
internal sealed record SendUse(SendScope Scope, string IdentityArn, ConfigurationSet? Set, SendReply? Refusal)
{
    /// <summary>The stored template that the send names.</summary>
    public CompiledTemplate? Template { get; init; }

    /// <summary>The identity that applies; null when there is none.</summary>
    public EmailIdentity? Identity { get; init; }

    /// <summary>The domain of the return path, where the identity has one that is verified.</summary>
    public string? MailFromDomain => Identity?.MailFrom is { Status: "SUCCESS" } mailFrom ? mailFrom.Domain : null;

    public static async ValueTask<SendUse> Resolve(
        SendDraft draft, SendReach? reach, AccountResources resources, EmailTemplates? templates, Arns arns, CancellationToken cancellationToken)
    {
        var address = draft.From.Address.ToString();
        var identity = draft.IdentityArn is null
            ? await IdentityFor(address, reach, resources, cancellationToken)
            : await Named(draft.IdentityArn, draft, resources, arns, cancellationToken);
        var identityArn = identity is not null ? arns.Identity(identity.Name) : draft.IdentityArn ?? arns.Identity(draft.From.Address.Domain);
        var setName = draft.ConfigurationSetName ?? identity?.ConfigurationSetName;
        if (setName is not null && reach is not null && !await reach.HoldsSet(setName, cancellationToken)) setName = null;
        var set = setName is null ? null : await resources.GetConfigurationSet(setName, cancellationToken);
        var template = draft.Request.Content as TemplateContent;
        var stored = template is { Inline: null } && templates is not null ? await templates.Find(template.StoredName, cancellationToken) : null;

        var scope = new List<string>(3) { identityArn };
        if (setName is not null) scope.Add(arns.ConfigurationSet(setName));
        if (template?.TemplateArn is not null) scope.Add(template.TemplateArn);
        else if (template?.TemplateName is not null) scope.Add(arns.Template(template.TemplateName));
        var unverified = identity is { IsVerified: true } ? new List<string>() : [draft.FromText];
        foreach (var author in draft.OtherAuthors)
        {
            var covering = await IdentityFor(author.ToString(), reach, resources, cancellationToken);
            var arn = arns.Identity(covering?.Name ?? author.Domain);
            if (!scope.Contains(arn)) scope.Add(arn);
            if (covering is not { IsVerified: true }) unverified.Add(author.ToString());
        }

        var settings = await resources.GetSettings(cancellationToken);
        return new SendUse(
            new SendScope(scope) { Recipients = draft.Recipients.Count }, identityArn, set,
            Refuse(draft, settings, setName, set, template is { Inline: null } && stored is null ? template : null, unverified, arns)
                ?? RefuseMailFrom(identity))
        {
            Template = stored, Identity = identity,
        };
    }

    private static ValueTask<EmailIdentity?> IdentityFor(
        string address, SendReach? reach, AccountResources resources, CancellationToken cancellationToken) =>
        reach is null ? resources.FindIdentityFor(address, cancellationToken) : reach.FindIdentityFor(address, resources, cancellationToken);

    private static SendReply? RefuseMailFrom(EmailIdentity? identity) =>
        identity?.MailFrom is { BehaviorOnMxFailure: MailFromSettings.Reject, Status: not "SUCCESS" } mailFrom
            ? SendReply.Refused(SendRefusal.MailFromNotVerified, $"The MAIL FROM domain {mailFrom.Domain} of {identity.Name} is not verified.")
            : null;

    private static SendReply? Refuse(
        SendDraft draft, AccountSettings settings, string? setName, ConfigurationSet? set, TemplateContent? missing, List<string> unverified,
        Arns arns)
    {
        // A tenant sends with a configuration set always (SES developer guide, tenants).
        if (draft.TenantName is not null && setName is null)
        {
            return SendReply.Refused(
                SendRefusal.BadRequest,
                $"ConfigurationSetName is required for tenant {draft.TenantName}: "
                + "name a configuration set, or give the identity a default one.");
        }

        if (setName is not null && set is null)
        {
            return SendReply.Refused(SendRefusal.NotFound, $"Configuration set <{setName}> does not exist.") with
            {
                About = SendSubject.ConfigurationSet,
            };
        }

        if (!settings.SendingEnabled) return SendReply.Refused(SendRefusal.SendingPaused, "Email sending is paused for this account.");
        if (set is { SendingEnabled: false })
        {
            return SendReply.Refused(SendRefusal.SendingPaused, $"Email sending is paused for configuration set <{set.Name}>.") with
            {
                About = SendSubject.ConfigurationSet,
            };
        }

        if (missing is not null)
        {
            return SendReply.Refused(SendRefusal.NotFound, $"Template {missing.TemplateName ?? missing.TemplateArn} does not exist.") with
            {
                About = SendSubject.Template,
            };
        }

        return unverified.Count == 0
            ? null
            : SendReply.Refused(
                SendRefusal.MessageRejected,
                "Email address is not verified. The following identities failed the check in region "
                + $"{arns.Region.ToUpperInvariant()}: {string.Join(", ", unverified)}");
    }

    /// <summary>The identity that the sender named, if it covers the From address.</summary>
    private static async ValueTask<EmailIdentity?> Named(
        string arn, SendDraft draft, AccountResources resources, Arns arns, CancellationToken cancellationToken)
    {
        if (!ResourceArn.TryParse(arn, out var parsed) || !arns.IsOwn(parsed) || parsed.Type != "identity") return null;
        return IdentityName.Covers(parsed.Name, draft.From.Address.ToString())
            ? await resources.GetIdentity(parsed.Name, cancellationToken)
            : null;
    }
}
