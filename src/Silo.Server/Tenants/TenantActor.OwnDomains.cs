using Silo.Core.Addresses;
using Silo.Core.Tenants;
using Silo.Server.Accounts;

namespace Silo.Server.Tenants;

// What bounces at a domain that is the tenant's own and verified counts in no rate.
public sealed partial class TenantActor
{
    /// <summary>Marks the hard bounces among facts that are about the tenant's own domains, in place.</summary>
    private async ValueTask MarkOwnDomains(List<TenantEvent> facts, CancellationToken cancellationToken)
    {
        for (var i = 0; i < facts.Count; i++)
        {
            if (facts[i] is { Kind: TenantEventKind.HardBounced, Simulated: false, Recipient: { } recipient }
                && await IsOwn(MailboxProvider.DomainOf(recipient), cancellationToken))
                facts[i] = facts[i] with { OwnDomain = true };
        }
    }

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
