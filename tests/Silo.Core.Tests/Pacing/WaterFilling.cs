using Silo.Core.Pacing;

namespace Silo.Core.Tests.Pacing;

/// <summary>
/// The reference: all flows rise together, each by its weight, until a level is full; those that go through it stay where they are, and
/// the rest rises on. For tenants with one flow each this is the one max-min fair division.
/// </summary>
internal static class WaterFilling
{
    internal sealed record Flow(PacedTenant Tenant, SharedLevel Route, double Own);

    public static Dictionary<PacedTenant, double> Share(List<Flow> flows, Dictionary<SharedLevel, double> rates)
    {
        var shares = flows.ToDictionary(f => f.Tenant, _ => 0.0);
        var rising = new List<Flow>(flows);
        while (rising.Count > 0)
        {
            var step = rising.Min(f => (f.Own - shares[f.Tenant]) / f.Tenant.Weight);
            foreach (var (level, rate) in rates)
            {
                var weight = rising.Where(f => LeadsThrough(f, level)).Sum(f => f.Tenant.Weight);
                if (weight > 0) step = Math.Min(step, (rate - Used(level)) / weight);
            }

            foreach (var flow in rising) shares[flow.Tenant] += step * flow.Tenant.Weight;
            var full = rates.Where(r => Used(r.Key) > r.Value - 1e-9).Select(r => r.Key).ToArray();
            rising.RemoveAll(f => shares[f.Tenant] > f.Own - 1e-9 || full.Any(l => LeadsThrough(f, l)));
        }

        return shares;

        double Used(SharedLevel level) => flows.Where(f => LeadsThrough(f, level)).Sum(f => shares[f.Tenant]);
    }

    private static bool LeadsThrough(Flow flow, SharedLevel level)
    {
        for (var each = flow.Route; each is not null; each = each.Parent)
        {
            if (each == level) return true;
        }

        return false;
    }
}
