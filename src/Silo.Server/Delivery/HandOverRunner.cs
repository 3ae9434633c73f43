using Silo.Core.Delivery;
using Silo.Core.Ownership;
using Silo.Server.Feedback;
using Silo.Server.Tenants;
using Silo.Storage;

namespace Silo.Server.Delivery;

/// <summary>Runs one hand-over: finds the message, asks the gate, lets the transport work, and always has an outcome to tell.</summary>
public sealed partial class HandOverRunner(
    ISpool spool, ITransport transport, SendingGates gates, MessageCache messages, TenantOptions tenantOptions, TimeProvider time,
    ILogger<HandOverRunner> logger) : IDisposable
{
    private readonly CancellationTokenSource _abort = new();

    /// <summary>Gives units what reports of them are tied by; null where none are listened to.</summary>
    internal OutgoingReferences? References { get; init; }

    /// <summary>Asks again about recipients whose mail has waited; null for never.</summary>
    internal RecipientRecheck? Recheck { get; init; }

    /// <summary>The way out.</summary>
    public ITransport Transport => transport;

    /// <summary>Drops every dialogue that is under way, at the end of a drain.</summary>
    public void AbortAll() => _abort.Cancel();

    /// <summary>Crashes in hand after which a unit waits for a person.</summary>
    public int CrashesBeforeSetAside => tenantOptions.CrashesBeforeSetAside;

    /// <summary>What of a tenant's mail is not to leave although its gate may be open.</summary>
    public SendingTerms TermsOf(long tenantKey) => gates.Of(tenantKey).Terms;

    /// <summary>Whether the tenant's gate is open.</summary>
    public bool MaySend(long tenantKey) => gates.Of(tenantKey).IsOpen;

    /// <summary>Finds a message in memory or on disk. What cannot be read now may be readable later: it is not to be taken for gone.</summary>
    public async Task<FoundMessage> Find(long messageKey)
    {
        if (messages.Find(messageKey) is { } cached) return new FoundMessage(cached, IsGone: false);
        try
        {
            var stored = await spool.ReadMessage(messageKey, _abort.Token);
            // Of several units of one message the next one follows soon.
            if (stored is not null) messages.Add(messageKey, stored.Envelope, stored.Content);
            return new FoundMessage(stored, IsGone: stored is null);
        }
        catch (OperationCanceledException)
        {
            return new FoundMessage(null, IsGone: false);
        }
        catch (Exception e)
        {
            LogNotRead(messageKey, e);
            return new FoundMessage(null, IsGone: false);
        }
    }

    /// <param name="started">Told when it passes the gate.</param>
    internal async Task<Outcome> Run(ReleasedUnit released, FoundMessage found, Action started)
    {
        var (tenantKey, unit, term, releaseId) = (released.Queue.Key, released.Unit, released.Term, released.ReleaseId);
        var message = found.Message;
        HandOver? handOver = null;
        try
        {
            if (message is null) return End(DeliveryResult.NotStarted) with { MessageIsGone = found.IsGone };
            // What has expired while it waited is not sent; the tenant's actor sees that it is over.
            var gate = gates.Of(tenantKey);
            if (gate.Terms.Forbid(message.Envelope, unit.Recipient, unit.LeavesBy, unit.Provider)) return End(DeliveryResult.NotStarted);
            if (OutcomeRules.ExpiresAt(unit, message.Envelope, tenantOptions.MessageLifetime) <= time.GetUtcNow())
                return End(DeliveryResult.NotStarted);
            if (Recheck is { } recheck && recheck.IsDue(message.Envelope))
            {
                // Without its terms the tenant is not in memory, and nothing of it leaves.
                if (!gate.Terms.AreKnown) return End(DeliveryResult.NotStarted);
                if (await recheck.Ask(message.Envelope, unit, gate.Terms.Suppression, _abort.Token) is { } kept) return End(kept);
            }

            handOver = new HandOver(gate, message.Envelope, unit.Recipient, message.Content, unit.Attempts + 1, time, started, term)
            {
                TenantKey = tenantKey, References = References, Pool = unit.LeavesBy, OverflowPool = unit.OverflowPool, Provider = unit.Provider,
                Source = released.Source?.Address.Ip,
                IsWayOpen = () => released.IsWayOpen && released.MayStart(ReadClocks()),
            };
            return End(await transport.Deliver(handOver, _abort.Token));
        }
        catch (Exception e) when (e is OperationCanceledException && handOver?.StartedAt is null)
        {
            return End(DeliveryResult.NotStarted);
        }
        catch (Exception e) when (handOver is null)
        {
            // Who may not be asked about gets nothing yet: tried again as a message that could not be read.
            LogNotAsked(message?.Envelope.MessageId, e);
            message = null;
            return End(DeliveryResult.NotStarted);
        }
        catch (Exception e)
        {
            LogFailed(message?.Envelope.MessageId, e);
            // A transport that throws is a bug; what it did until then is unknown once the hand-over had started.
            return End(new DeliveryResult
            {
                Kind = handOver?.StartedAt is null ? DeliveryResultKind.RouteFailed : DeliveryResultKind.InDoubt,
                Stage = DeliveryStage.Mail, Diagnostic = "Internal error while handing over: " + e.Message,
            });
        }
        finally
        {
            handOver?.Over();
            released.SourceNews = handOver?.SourceNews;
        }

        Outcome End(DeliveryResult result) => new(unit, message?.Envelope, releaseId, result, handOver?.StartedAt, time.GetUtcNow()) { Term = term };
    }

    private LeaseInstant ReadClocks() => new(time.GetElapsedTime(0), time.GetUtcNow());

    public void Dispose() => _abort.Dispose();

    [LoggerMessage(2012, LogLevel.Error, "The message {MessageKey} could not be read; its units are tried again")]
    private partial void LogNotRead(long messageKey, Exception exception);

    [LoggerMessage(4621, LogLevel.Error, "It could not be asked whether the recipient of {MessageId} still wants it; it is tried again")]
    private partial void LogNotAsked(string? messageId, Exception exception);

    [LoggerMessage(2011, LogLevel.Error, "The hand-over of {MessageId} failed unexpectedly")]
    private partial void LogFailed(string? messageId, Exception exception);
}

/// <param name="Message">Null when it is gone or could not be read.</param>
/// <param name="IsGone">The spool was read and holds no such message.</param>
public readonly record struct FoundMessage(StoredMessage? Message, bool IsGone);
