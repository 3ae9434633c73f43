using Silo.Core.Reputation;
using Silo.Server.Accounts;
using Silo.Server.Delivery;
using Silo.Server.Events;
using Silo.Server.Trust;
using Silo.Storage;

namespace Silo.Server.Tenants;

/// <summary>What an actor needs of the silo that it lives on.</summary>
/// <param name="Dispatcher">Of this silo. It needs the tenants as they need it, so it is looked up when it is told something.</param>
/// <param name="StartedAt">When this process began to act for tenants.</param>
/// <param name="CollectionAge">How long an actor was idle at least when it leaves memory.</param>
/// <param name="Jitter">Values in [0, 1) for the spread of retries.</param>
public sealed record TenantServices(
    ISiloStore Store, SendingGates Gates, MessageCache Messages, Arns Arns, TenantOptions Options, ReputationThresholds Thresholds,
    int MaxTenants, TimeProvider Time, Func<Dispatcher> Dispatcher, DateTimeOffset StartedAt, TimeSpan CollectionAge, Func<double> Jitter,
    ILogger<TenantActor> Logger)
{
    /// <summary>Drops the activation of a tenant: its next call loads it from the store.</summary>
    public required Action<string> Discard { get; init; }

    public required MailboxProviders Providers { get; init; }

    /// <summary>Null where there are none.</summary>
    public TrustTiers? Trust { get; init; }

    /// <summary>Null where nobody is asked.</summary>
    public TrustReviews? Reviews { get; init; }

    /// <summary>For the settings of the account and its configuration sets, and for a tenant's own domains.</summary>
    public required AccountResources Account { get; init; }

    /// <summary>Acceptances tell what message insights are made of.</summary>
    public bool KeepsInsights { get; init; }

    /// <summary>Is told who holds counts that are not stored.</summary>
    public UnstoredRollUps Unstored { get; init; } = new();

    /// <summary>Who is told of events; nobody by default.</summary>
    public EventDestinationWatch Destinations { get; init; } = new();
}
