using Silo.Core.Addresses;
using Silo.Core.Tenants;
using Silo.Server.Accounts;

namespace Silo.Server.Tenants;

// What bounces at a domain that is the tenant's own and verified counts in no rate.
public sealed partial class TenantActor
{
    /// <summary>Those of the domains of recipients that are the tenant's own; null for none. Looked up before anything is taken.</summary>
    private async ValueTask<HashSet<string>?> OwnDomains(IEnumerable<string> recipients, CancellationToken cancellationToken)
    {
        HashSet<string>? own = null;
        foreach (var domain in recipients.Select(MailboxProvider.DomainOf).Distinct(StringComparer.OrdinalIgnoreCase))
        {
            if (await IsOwn(domain, cancellationToken)) (own ??= new(StringComparer.OrdinalIgnoreCase)).Add(domain);
        }

        return own;
    }

    /// <summary>The fact, marked when it is a hard bounce at one of the tenant's own domains.</summary>
    private static TenantEvent AtOwn(HashSet<string>? domains, TenantEvent fact) =>
        domains is not null && fact is { Kind: TenantEventKind.HardBounced, Simulated: false, Recipient: { } recipient }
            && domains.Contains(MailboxProvider.DomainOf(recipient)) ? fact with { OwnDomain = true } : fact;

    // A tenant's identities are among its associations, so a stranger's domain costs no look into the store. The account tenant has
    // none: to it every verified domain is its own.
    private async ValueTask<bool> IsOwn(string domain, CancellationToken cancellationToken)
    {
        if (IdentityName.Normalize(domain) is not { } normal) return false;
        if (name != TenantName.Account)
        {
            var associations = _associations ?? await LoadAssociations(cancellationToken);
            if (!AndParents(normal).Any(d => associations.Contains(services.Arns.Identity(d)))) return false;
        }

        return await services.Account.FindIdentityForDomain(normal, cancellationToken) is { IsVerified: true };
    }

    private static IEnumerable<string> AndParents(string domain)
    {
        for (var rest = domain; rest.Contains('.'); rest = rest[(rest.IndexOf('.') + 1)..]) yield return rest;
    }
}
