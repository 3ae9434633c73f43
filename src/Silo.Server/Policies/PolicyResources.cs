using System.Text.Json;
using Silo.Core.Suspension;
using Silo.Server.Accounts;
using Silo.Server.Tenants;
using Silo.Storage;

namespace Silo.Server.Policies;

/// <summary>
/// Reputation policies of the platform's own. A tenant that uses one is associated with it as with any resource of the account, so a policy
/// in use is not deleted, and a change knows whom to tell. Safe for several threads.
/// </summary>
internal sealed partial class PolicyResources(
    IResourceStore store, ITenants tenants, Arns arns, TimeProvider time, ILogger<PolicyResources> logger)
{
    public const int MaxPolicies = 100;
    public const int MaxNameLength = 64;

    private const int MaxWriteAttempts = 5;
    private const int TenantsPerPage = 500;
    private const int ToldAtATime = 32;

    /// <summary>Whoever changes a policy tells the tenants; after so long with some untold, every silo does.</summary>
    private static readonly TimeSpan SpreadByOthersAfter = TimeSpan.FromSeconds(10);

    /// <summary>Names of SES's own policies are nobody's.</summary>
    public static bool IsValidName(string? name) =>
        name is { Length: > 0 and <= MaxNameLength } && name is not ("standard" or "strict" or "none")
        && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_');

    public async ValueTask<CustomPolicy?> Get(string name, CancellationToken cancellationToken) => await Get(store, name, cancellationToken);

    /// <summary>The policy as it is stored now; null when there is none.</summary>
    public static async ValueTask<CustomPolicy?> Get(IResourceStore store, string name, CancellationToken cancellationToken) =>
        await store.Get(ResourceKind.ReputationPolicy, name, cancellationToken) is { } stored ? PolicyDocument.Read(stored.Document).Policy : null;

    /// <summary>All of them, by name.</summary>
    public async ValueTask<IReadOnlyList<CustomPolicy>> List(CancellationToken cancellationToken)
    {
        var page = await store.List(ResourceKind.ReputationPolicy, null, null, MaxPolicies, cancellationToken);
        return [.. page.Items.Select(i => PolicyDocument.Read(i.Document).Policy)];
    }

    /// <summary>
    /// Creates the policy or replaces it, its revision aside. Completes when every tenant that uses it goes by it, but for those that
    /// could not be reached: they are told within seconds of being reachable.
    /// </summary>
    public async ValueTask<PolicyChange> Put(CustomPolicy policy, CancellationToken cancellationToken)
    {
        for (var attempt = 0; attempt < MaxWriteAttempts; attempt++)
        {
            var now = time.GetUtcNow();
            if (await store.Get(ResourceKind.ReputationPolicy, policy.Name, cancellationToken) is not { } current)
            {
                var first = new PolicyDocument(policy with { Revision = 1 }, now, IsSpread: true).ToBytes();
                var created = await store.Create(
                    new NewResource(ResourceKind.ReputationPolicy, policy.Name, arns.OwnPolicy(policy.Name), first, now, [], MaxPolicies),
                    cancellationToken);
                if (created == ResourceCreation.AlreadyExists) continue;
                return created == ResourceCreation.Created ? PolicyChange.Done : PolicyChange.LimitReached;
            }

            var revision = PolicyDocument.Read(current.Document).Policy.Revision + 1;
            var next = new PolicyDocument(policy with { Revision = revision }, now, IsSpread: false);
            if (!await store.Replace(ResourceKind.ReputationPolicy, policy.Name, next.ToBytes(), current.Version, cancellationToken)) continue;
            await Spread(policy.Name, next, current.Version + 1, cancellationToken);
            return PolicyChange.Done;
        }

        return PolicyChange.Contended;
    }

    public ValueTask<ResourceDeletion> Delete(string name, CancellationToken cancellationToken) =>
        store.Delete(ResourceKind.ReputationPolicy, name, arns.OwnPolicy(name), cancellationToken);

    /// <summary>Tells tenants of changes that whoever made them did not tell them to the end.</summary>
    public async ValueTask SpreadRest(CancellationToken cancellationToken)
    {
        var page = await store.List(ResourceKind.ReputationPolicy, null, null, MaxPolicies, cancellationToken);
        foreach (var stored in page.Items)
        {
            if (Readable(stored) is not { } document) continue;
            if (!document.IsSpread && time.GetUtcNow() - document.ChangedAt > SpreadByOthersAfter)
                await Spread(stored.Name, document, stored.Version, cancellationToken);
        }
    }

    /// <summary>Null for one of a newer release, which knows how to tell its tenants; the others are not to wait for that.</summary>
    private PolicyDocument? Readable(StoredResource stored)
    {
        try
        {
            return PolicyDocument.Read(stored.Document);
        }
        catch (JsonException e)
        {
            LogNotReadable(stored.Name, e);
            return null;
        }
    }

    private async ValueTask Spread(string name, PolicyDocument document, long version, CancellationToken cancellationToken)
    {
        string? after = null;
        var untold = 0;
        do
        {
            var page = await store.ListByResource(arns.OwnPolicy(name), after, TenantsPerPage, cancellationToken);
            await Parallel.ForEachAsync(
                page.Items, new ParallelOptions { MaxDegreeOfParallelism = ToldAtATime, CancellationToken = cancellationToken },
                async (association, token) =>
                {
                    try
                    {
                        await tenants.Get(association.TenantName).FollowPolicy(name, token);
                    }
                    catch (Exception e) when (e is not OperationCanceledException)
                    {
                        if (Interlocked.Increment(ref untold) == 1) LogNotTold(name, association.TenantName, e);
                    }
                });
            after = page.Next;
        }
        while (after is not null);
        // One that changed it again meanwhile tells them itself.
        if (untold == 0)
            await store.Replace(ResourceKind.ReputationPolicy, name, (document with { IsSpread = true }).ToBytes(), version, cancellationToken);
    }

    [LoggerMessage(2033, LogLevel.Warning, "Policy {Policy} cannot be read by this release; its tenants are told of changes by newer ones")]
    private partial void LogNotReadable(string policy, Exception exception);

    [LoggerMessage(2031, LogLevel.Warning,
        "Tenants could not be told of a change of policy {Policy} and will be told later, {TenantName} among them")]
    private partial void LogNotTold(string policy, string tenantName, Exception exception);
}

internal enum PolicyChange
{
    Done,
    LimitReached,

    /// <summary>Others kept writing at the same time; nothing was changed.</summary>
    Contended,
}
