using Silo.Server.Accounts;
using Silo.Server.Intake;
using Silo.Server.Tenants;

namespace Silo.Server.Access;

/// <summary>
/// What a send with a tenant's key can get hold of: of the resources that the message could use, those that the tenant is associated with.
/// They are all asked about at once, of the tenant, before anything is looked up: so a resource of another tenant and one that does not
/// exist take the same way to the same answer, which names only what the sender named.
/// </summary>
internal sealed class SendReach
{
    private const int MaxParentDomains = 10;
    private readonly HashSet<string> _missing;
    private readonly HashSet<string> _asked;
    private readonly ITenant _tenant;
    private readonly Arns _arns;

    private SendReach(ITenant tenant, Arns arns, HashSet<string> asked, HashSet<string> missing) =>
        (_tenant, _arns, _asked, _missing) = (tenant, arns, asked, missing);

    /// <summary>Null and no refusal for a caller without such bounds.</summary>
    public static async ValueTask<(SendReach? Reach, SendReply? Refusal)> Of(
        SendDraft draft, ITenant tenant, Arns arns, CancellationToken cancellationToken)
    {
        if (draft.Request.Caller is not { Kind: CredentialKind.Tenant }) return default;
        var template = draft.Request.Content as TemplateContent;
        var set = draft.ConfigurationSetName is { } name ? arns.ConfigurationSet(name) : null;
        var templateArn = template?.TemplateArn ?? (template?.TemplateName is { } t ? arns.Template(t) : null);
        var identity = draft.IdentityArn is null ? null : ResourceArn.TryParse(draft.IdentityArn, out var arn) ? Normal(arn, arns) : draft.IdentityArn;
        var authors = draft.OtherAuthors.Select(a => a.ToString()).ToList();
        if (identity is null) authors.Insert(0, draft.From.Address.ToString());

        var asked = new HashSet<string>(authors.SelectMany(CandidatesFor).Select(arns.Identity), StringComparer.Ordinal);
        foreach (var one in new[] { set, templateArn, identity })
            if (one is not null) asked.Add(one);
        var verdict = await tenant.Check(new SendScope([.. asked]), cancellationToken);
        if (verdict.Result == AdmissionResult.NoSuchTenant)
            return (null, SendReply.Refused(SendRefusal.NotFound, $"Tenant {draft.TenantName} for AwsAccountId {arns.AccountId} not found."));
        var reach = new SendReach(tenant, arns, asked, new(verdict.MissingArns, StringComparer.Ordinal));

        var outside = new List<string>();
        if (identity is not null && !reach.Holds(identity)) outside.Add(draft.IdentityArn!);
        foreach (var author in authors)
        {
            var shown = arns.Identity(author[(author.LastIndexOf('@') + 1)..]);
            if (reach.NameFor(author) is null && !outside.Contains(shown)) outside.Add(shown);
        }

        if (set is not null && !reach.Holds(set)) outside.Add(set);
        if (templateArn is not null && !reach.Holds(templateArn)) outside.Add(templateArn);
        return outside.Count == 0
            ? (reach, null)
            : (null, SendReply.Refused(SendRefusal.AccessDenied, $"Tenant not associated with resources [{string.Join(", ", outside)}]."));
    }

    /// <summary>The identity that applies to an address: of those that the tenant has, the nearest.</summary>
    public ValueTask<EmailIdentity?> FindIdentityFor(string address, AccountResources resources, CancellationToken cancellationToken) =>
        NameFor(address) is { } name ? resources.GetIdentity(name, cancellationToken) : default;

    /// <summary>Whether a configuration set that the message does not name, the default one of its identity, is the tenant's too.</summary>
    public async ValueTask<bool> HoldsSet(string name, CancellationToken cancellationToken)
    {
        var arn = _arns.ConfigurationSet(name);
        return _asked.Contains(arn)
            ? Holds(arn)
            : !(await _tenant.Check(new SendScope([arn]), cancellationToken)).MissingArns.Contains(arn);
    }

    private bool Holds(string arn) => _asked.Contains(arn) && !_missing.Contains(arn);

    private string? NameFor(string address) => CandidatesFor(address).FirstOrDefault(n => Holds(_arns.Identity(n)));

    private static string Normal(ResourceArn arn, Arns arns) =>
        arns.IsOwn(arn) && arn.Type == "identity" ? arns.Identity(IdentityName.Normalize(arn.Name) ?? arn.Name) : arn.Text;

    /// <summary>The names that an identity for an address can have: the address, its domain, the parents of that.</summary>
    private static IEnumerable<string> CandidatesFor(string address)
    {
        if (IdentityName.Normalize(address) is { } exact) yield return exact;
        var name = IdentityName.Normalize(address[(address.LastIndexOf('@') + 1)..]);
        for (var level = 0; level < MaxParentDomains && name is not null && name.Contains('.'); level++)
        {
            yield return name;
            name = name[(name.IndexOf('.') + 1)..];
        }
    }
}
