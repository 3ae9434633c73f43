using Silo.Core.Blocklists;
using Silo.Core.Tenants;
using Silo.Server.Accounts;
using Silo.Server.Egress;
using Silo.Storage;

namespace Silo.Server.Blocklists;

/// <summary>What is looked up, and whose finding a listing of it is.</summary>
/// <param name="Name">An address in its canonical form, or a domain.</param>
/// <param name="Owner">The one tenant that uses it; null when several do, or nobody knows: then it is the pool's, or the account's.</param>
/// <param name="Pool">Of an address.</param>
internal sealed record BlocklistSubject(string Name, BlocklistKind Kind, string? Owner, string? Pool);

/// <summary>The addresses of pools, and the verified domains that tenants are associated with.</summary>
internal sealed class BlocklistSubjects(IResourceStore store, Arns arns, AccountResources account, SendingPools pools, TimeProvider time)
{
    private const int PageSize = 1_000;
    private static readonly TimeSpan UsersKept = TimeSpan.FromMinutes(1);

    private readonly StoredDocuments<ConfigurationSet> _sets = new(store, ResourceKind.ConfigurationSet, AccountJson.Default.ConfigurationSet);
    private volatile Reading? _reading;

    /// <summary>All addresses, and all verified domains, associated or not.</summary>
    public async ValueTask<IReadOnlyList<string>> Names(CancellationToken cancellationToken)
    {
        var plan = await pools.Get(cancellationToken);
        var names = plan.Pools.SelectMany(p => plan.IpsOf(p.Name)).Where(i => IpLiteral.IsPublic(i.Address)).Select(i => i.Document.Ip).ToList();
        string? after = null;
        do
        {
            var page = await account.ListIdentities(after, null, PageSize, cancellationToken);
            names.AddRange(page.Items.Where(i => i.IsVerified && !IdentityName.IsAddress(i.Name)).Select(i => i.Name));
            after = page.Next;
        }
        while (after is not null);
        names.Sort(StringComparer.Ordinal);
        return names;
    }

    /// <summary>Null when it is not to be looked up (any more).</summary>
    public async ValueTask<BlocklistSubject?> Find(string name, CancellationToken cancellationToken)
    {
        if (IpLiteral.Read(name) is { } ip)
        {
            if ((await pools.Get(cancellationToken)).FindIp(ip) is not { } source || !IpLiteral.IsPublic(source.Address)) return null;
            return new BlocklistSubject(ip, BlocklistKind.Addresses, await OnlyUserOf(source.Pool.Name, cancellationToken), source.Pool.Name);
        }

        if (IdentityName.IsAddress(name) || await account.GetIdentity(name, cancellationToken) is not { IsVerified: true } identity) return null;
        var users = await store.ListByResource(arns.Identity(identity.Name), null, 2, cancellationToken);
        return users.Items.Count == 0 ? null : new BlocklistSubject(
            identity.Name, BlocklistKind.Domains, users.Items is [var only] ? only.TenantName : null, null);
    }

    /// <summary>Tenants that are associated with a configuration set that names the pool; null for the default one, which is everybody's.</summary>
    public async ValueTask<IReadOnlyCollection<string>?> UsersOf(string pool, CancellationToken cancellationToken)
    {
        if (SendingPool.IsImplicitName(pool)) return null;
        var tenants = new HashSet<string>(StringComparer.Ordinal);
        foreach (var set in (await Sets(cancellationToken))[pool])
        {
            string? after = null;
            // What is sent without a tenant's name may use any set.
            tenants.Add(TenantName.Account);
            do
            {
                var page = await store.ListByResource(arns.ConfigurationSet(set), after, PageSize, cancellationToken);
                tenants.UnionWith(page.Items.Select(a => a.TenantName));
                after = page.Next;
            }
            while (after is not null);
        }

        return tenants;
    }

    /// <summary>
    /// The tenant that a pool is dedicated to: every configuration set that names it is associated with this tenant and no other. A set that
    /// no tenant has may be anybody's.
    /// </summary>
    private async ValueTask<string?> OnlyUserOf(string pool, CancellationToken cancellationToken)
    {
        if (SendingPool.IsImplicitName(pool)) return null;
        string? user = null;
        foreach (var set in (await Sets(cancellationToken))[pool])
        {
            var tenants = await store.ListByResource(arns.ConfigurationSet(set), null, 2, cancellationToken);
            if (tenants.Items is not [var only] || (user is not null && user != only.TenantName)) return null;
            user = only.TenantName;
        }

        return user;
    }

    /// <summary>Names of configuration sets by the pool that they name, up to a minute old.</summary>
    private async ValueTask<ILookup<string, string>> Sets(CancellationToken cancellationToken)
    {
        if (_reading is { } known && time.GetElapsedTime(known.At) < UsersKept) return known.Sets;
        var at = time.GetTimestamp();
        var sets = (await _sets.List(cancellationToken)).Select(_sets.Parse).Where(s => s.DeliveryOptions?.SendingPoolName is not null)
            .ToLookup(s => s.DeliveryOptions!.SendingPoolName!, s => s.Name, StringComparer.Ordinal);
        _reading = new Reading(at, sets);
        return sets;
    }

    private sealed record Reading(long At, ILookup<string, string> Sets);
}
