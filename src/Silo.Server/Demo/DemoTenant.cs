using Silo.Server.Delivery.Simulation;

namespace Silo.Server.Demo;

/// <summary>One of the three tenants of the story.</summary>
/// <param name="Rate">Messages per second that its application sends.</param>
/// <param name="Domains">Where its recipients are; one each in turn.</param>
internal sealed record DemoTenant(string Name, int Rate, IReadOnlyList<string> Domains)
{
    /// <summary>What a tenant may hand over per second; the bad one sends more, so that mail waits when it is paused.</summary>
    public const int SendRate = 100;

    public const double BadBounceRate = 0.7;

    public string Identity => $"{Name}.example";

    public string ConfigurationSet => $"{Name}-mail";

    public static DemoTenant Bad { get; } = new("initech", 120, ["purchased-list.example"]);

    public static IReadOnlyList<DemoTenant> All { get; } =
    [
        new("acme-shop", 60, ["gmail.com", "yahoo.com", "outlook.com"]),
        new("globex", 35, ["yahoo.com", "web.de"]),
        Bad,
    ];

    /// <summary>The world before anything goes bad: a little of everything happens to everybody.</summary>
    public static Dictionary<string, SimulatedDomain> World() => All.SelectMany(t => t.Domains).Distinct().ToDictionary(
        domain => domain,
        domain => new SimulatedDomain
        {
            BounceRate = 0.012, ComplaintRate = domain == "yahoo.com" ? 0.0008 : 0, MinLatencyMs = 20, MaxLatencyMs = 80,
        },
        StringComparer.Ordinal);
}
