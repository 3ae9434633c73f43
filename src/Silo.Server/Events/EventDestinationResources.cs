using Silo.Core.Reputation;
using Silo.Server.Accounts;
using Silo.Storage;

namespace Silo.Server.Events;

/// <summary>Tells the account of a destination that was given up, or came back. Fails with nothing but cancellation.</summary>
internal delegate ValueTask TellAccount(ExternalReport report, CancellationToken cancellationToken);

/// <summary>
/// Event destinations, of configuration sets and default ones (a set name of null). A change holds in this process when it completes, in
/// others within two seconds. Safe for several threads.
/// </summary>
public sealed class EventDestinationResources(IResourceStore store, Arns arns, EventDestinationWatch watch, TimeProvider time)
{
    // No configuration set has such a name.
    internal const string Defaults = "*";

    private const int MaxDocuments = AccountResources.MaxConfigurationSets + 1;
    private const int MaxWriteAttempts = 5;

    /// <summary>Null: nobody is told.</summary>
    internal TellAccount? Tell { get; init; }

    /// <summary>Those that the service disabled, as far as this process knows by now.</summary>
    public IReadOnlyList<ScopedDestination> GivenUp => watch.GivenUp;

    /// <summary>In the order in which they were made; empty for a set without any, or that does not exist.</summary>
    public async ValueTask<IReadOnlyList<EventDestination>> List(string? setName, CancellationToken cancellationToken) =>
        await store.Get(ResourceKind.EventDestinations, setName ?? Defaults, cancellationToken) is { } stored
            ? EventDestinationDocument.Read(stored.Document).Destinations
            : [];

    public async ValueTask<EventDestination?> Get(string? setName, string name, CancellationToken cancellationToken) =>
        (await List(setName, cancellationToken)).FirstOrDefault(d => d.Name == name);

    public ValueTask<EventDestinationChange> Create(string? setName, EventDestination destination, CancellationToken cancellationToken) =>
        Change(setName, before => before.Any(d => d.Name == destination.Name) ? (EventDestinationChange.AlreadyExists, before)
            : before.Count >= EventDestination.MaxPerSet ? (EventDestinationChange.LimitReached, before)
            : (EventDestinationChange.Done, [.. before, destination]), cancellationToken);

    /// <summary>Makes it or replaces it; one that is replaced keeps its place, and goes on where it was.</summary>
    public ValueTask<EventDestinationChange> Put(string? setName, EventDestination destination, CancellationToken cancellationToken) =>
        Change(setName, before => before.Any(d => d.Name == destination.Name)
            ? (EventDestinationChange.Done, [.. before.Select(d => d.Name == destination.Name ? destination with { CreatedAt = d.CreatedAt } : d)])
            : before.Count >= EventDestination.MaxPerSet ? (EventDestinationChange.LimitReached, before)
            : (EventDestinationChange.Done, [.. before, destination]), cancellationToken);

    /// <param name="change">May be called more than once when others write at the same time.</param>
    public ValueTask<EventDestinationChange> Replace(
        string? setName, string name, Func<EventDestination, EventDestination> change, CancellationToken cancellationToken) =>
        Change(setName, before => before.Any(d => d.Name == name)
            ? (EventDestinationChange.Done, [.. before.Select(d => d.Name == name ? change(d) : d)])
            : (EventDestinationChange.NotFound, before), cancellationToken);

    public ValueTask<EventDestinationChange> Delete(string? setName, string name, CancellationToken cancellationToken) =>
        Change(setName, before => before.Any(d => d.Name == name)
            ? (EventDestinationChange.Done, [.. before.Where(d => d.Name != name)])
            : (EventDestinationChange.NotFound, before), cancellationToken);

    /// <summary>Of a set that is deleted, or that is made anew under the name of one whose deletion was broken off.</summary>
    public async ValueTask DeleteAll(string setName, CancellationToken cancellationToken)
    {
        if (await store.Delete(ResourceKind.EventDestinations, setName, ArnOf(setName), cancellationToken) == ResourceDeletion.Deleted)
            await watch.Refresh(store, cancellationToken);
    }

    /// <summary>
    /// The service gives a destination up, unless it was replaced meanwhile by another of its name or is disabled already.
    /// </summary>
    /// <returns>Whether this call did it.</returns>
    public async ValueTask<bool> Disable(ScopedDestination destination, string reason, CancellationToken cancellationToken)
    {
        var done = false;
        var result = await Change(destination.ConfigurationSetName, before =>
        {
            done = before.Any(IsIt);
            return done
                ? (EventDestinationChange.Done, [.. before.Select(d => IsIt(d)
                    ? d with { Enabled = false, DisabledReason = reason, DisabledAt = time.GetUtcNow() } : d)])
                : (EventDestinationChange.NotFound, before);
        }, cancellationToken);
        if (!done || result != EventDestinationChange.Done) return false;
        await TellOf(destination, ExternalReportKind.DestinationDisabled, $"was disabled, since {reason}", cancellationToken);
        return true;

        bool IsIt(EventDestination d) =>
            d.Enabled && d.Name == destination.Destination.Name && d.CreatedAt == destination.Destination.CreatedAt;
    }

    private async ValueTask<EventDestinationChange> Change(
        string? setName, Func<IReadOnlyList<EventDestination>, (EventDestinationChange Result, IReadOnlyList<EventDestination> After)> change,
        CancellationToken cancellationToken)
    {
        var name = setName ?? Defaults;
        for (var attempt = 0; attempt < MaxWriteAttempts; attempt++)
        {
            var current = await store.Get(ResourceKind.EventDestinations, name, cancellationToken);
            var before = current is null ? [] : EventDestinationDocument.Read(current.Document).Destinations;
            var (result, after) = change(before);
            if (result != EventDestinationChange.Done) return result;
            var document = new EventDestinationDocument(after).ToBytes();
            var written = current is not null
                ? await store.Replace(ResourceKind.EventDestinations, name, document, current.Version, cancellationToken)
                : await store.Create(
                    new NewResource(
                        ResourceKind.EventDestinations, name, ArnOf(name), document, time.GetUtcNow(), [], MaxDocuments),
                    cancellationToken) == ResourceCreation.Created;
            if (!written) continue;
            await watch.Refresh(store, cancellationToken);
            foreach (var former in before.Where(d => d.DisabledAt is not null))
            {
                var left = after.FirstOrDefault(d => d.Name == former.Name);
                if (left is { DisabledAt: not null }) continue;
                await TellOf(
                    new ScopedDestination(setName, former), ExternalReportKind.DestinationRestored, left is null ? "was removed" : "was set again",
                    cancellationToken);
            }

            return EventDestinationChange.Done;
        }

        return EventDestinationChange.Contended;
    }

    private async ValueTask TellOf(ScopedDestination destination, ExternalReportKind kind, string what, CancellationToken cancellationToken)
    {
        if (Tell is not { } tell) return;
        var detail = $"The event destination {destination.ShownName} {what}.";
        await tell(new ExternalReport
        {
            Source = destination.ShownName, Kind = kind, Detail = detail.Length <= ExternalReport.MaxDetailLength ? detail : detail[..ExternalReport.MaxDetailLength],
        }, cancellationToken);
    }

    // It is not handed out.
    private string ArnOf(string name) => arns.Of("event-destinations", name);
}

public enum EventDestinationChange
{
    Done,
    AlreadyExists,
    NotFound,

    /// <summary>There are <see cref="EventDestination.MaxPerSet"/>.</summary>
    LimitReached,

    /// <summary>Others kept writing at the same time; nothing was changed.</summary>
    Contended,
}
