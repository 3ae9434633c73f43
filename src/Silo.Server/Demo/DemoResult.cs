using Silo.Core.Suspension;
using Silo.Core.Tenants;

namespace Silo.Server.Demo;

/// <summary>How the story ended for one tenant.</summary>
/// <param name="AcceptedByApi">Messages that the API answered with an id, counted by the application.</param>
/// <param name="Stored">Units that lie in the spool.</param>
/// <param name="BegunAfterPause">Hand-overs that began after a pause was on disk.</param>
internal sealed record DemoEnding(
    DemoTenant Tenant, SendingStatus Status, TenantBooks Books, long AcceptedByApi, long Refused, long Stored, DemoPause? Pause,
    long BegunAfterPause)
{
    /// <summary>What the API promised, what the books say and what lies on disk are the same.</summary>
    public bool IsBalanced => AcceptedByApi == Books.Accepted && Books.Open == Stored;
}

internal sealed record DemoResult(IReadOnlyList<DemoEnding> Endings)
{
    /// <summary>The bad tenant was paused and nothing of it left afterwards, the good ones were not, and every book balances.</summary>
    public bool IsAsTold => Endings.All(e =>
        e.IsBalanced && e.BegunAfterPause == 0 && e.Tenant == DemoTenant.Bad == (e.Status == SendingStatus.Disabled));

    public static async Task<DemoResult> Of(DemoStory story, DemoServer server, IEnumerable<DemoTraffic> traffic)
    {
        var stored = await server.CountStored(CancellationToken.None);
        var now = story.Latest().ToDictionary(t => t.Tenant.Name, t => t.Now);
        return new DemoResult(
        [
            .. traffic.Select(t => new DemoEnding(
                t.Tenant, now[t.Tenant.Name].Tenant.Standing.Aggregate, now[t.Tenant.Name].Books, t.Accepted, t.Refused,
                stored.GetValueOrDefault(t.Tenant.Name), story.Chronicle.Pauses.FirstOrDefault(p => p.Tenant == t.Tenant.Name),
                story.Chronicle.BegunAfterPause(t.Tenant.Name))),
        ]);
    }
}
