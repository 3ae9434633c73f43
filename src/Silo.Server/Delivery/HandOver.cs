using Silo.Core.Messages;
using Silo.Core.Tenants;
using Silo.Server.Egress;
using Silo.Server.Feedback;
using Silo.Server.Tenants;
using Silo.Smtp.Client;
using Silo.Storage;

namespace Silo.Server.Delivery;

/// <summary>One delivery unit on its way through a transport, with the gate of its tenant.</summary>
/// <param name="gate">The tenant's gate; open while the tenant may send.</param>
/// <param name="started">Told when it passes the gate.</param>
/// <param name="term">For what its permit is good.</param>
public sealed class HandOver(
    SendingGate gate, Envelope envelope, string recipient, ReadOnlyMemory<byte> content, int attempt, TimeProvider time, Action? started = null,
    PermitTerm? term = null)
    : ITransactionGate
{
    private readonly CancellationTokenSource _abort = new();
    private int _stage; // 0 waiting, 1 between gate and answered MAIL, 2 begun, 3 over

    public Envelope Envelope { get; } = envelope;

    /// <summary>The address of RCPT TO, without angle brackets.</summary>
    public string Recipient { get; } = recipient;

    /// <summary>The sending pool that the mail leaves by; null when nobody chose one.</summary>
    public string? Pool { get; init; }

    /// <inheritdoc cref="QueuedUnit.OverflowPool"/>
    public string? OverflowPool { get; init; }

    /// <summary>The recipient's mailbox provider that the mail names; null for the one that its domain is known for.</summary>
    public string? Provider { get; init; }

    /// <summary>The address that it is to leave from; null where mail leaves by no address of its pool.</summary>
    public SourceIp? Source { get; init; }

    /// <summary>What the transport said of <see cref="Source"/>; null when it learned nothing of it.</summary>
    public SourceNews? SourceNews { get; private set; }

    /// <summary>The message as composed: CRLF line ends, not dot-stuffed.</summary>
    public ReadOnlyMemory<byte> Content { get; } = content;

    /// <summary>The key of the tenant whose mail it is; 0 where nothing refers to it.</summary>
    public long TenantKey { get; init; }

    /// <summary>Gives it what reports of it are tied by; null where none are listened to.</summary>
    internal OutgoingReferences? References { get; init; }

    /// <summary>1 for the first attempt.</summary>
    public int Attempt { get; } = attempt;

    public PermitTerm? Term => term;

    /// <summary>Asked directly before it begins: false while the way that it was released for is paused. Null for always.</summary>
    public Func<bool>? IsWayOpen { get; init; }

    /// <summary>Aborted when the tenant is paused while this hand-over stands between the gate and the answer to MAIL.</summary>
    public CancellationToken Aborted => _abort.Token;

    /// <summary>When it passed the gate; null until then. The token of the tenant's bucket is spent at this moment.</summary>
    public DateTimeOffset? StartedAt { get; private set; }

    /// <summary>Return path and header that it leaves with, when the other side counts it as this from then on.</summary>
    internal OutgoingReference Refer(UnitState left) =>
        References?.Of(TenantKey, Envelope.MessageId, Recipient, Envelope.Sender, left, Envelope.MailFromDomain) ?? default;

    /// <summary>The check at the gate. False: write nothing, answer <c>NotStarted</c>.</summary>
    public bool TryBegin()
    {
        var now = time.GetUtcNow();
        if (now >= term?.Until || IsWayOpen?.Invoke() == false || !gate.TryEnter(this)) return false;
        // A relay that had left is followed by another try on a new connection: still one start, of one permit.
        if (StartedAt is null) started?.Invoke();
        StartedAt = now < term?.From ? term.From : now;
        Volatile.Write(ref _stage, 1);
        return true;
    }

    /// <summary>MAIL was answered (or the one call was made): the hand-over has begun, a pause no longer waits for it.</summary>
    public void Begun()
    {
        if (Interlocked.CompareExchange(ref _stage, 2, 1) == 1) gate.MarkBegun(this);
    }

    /// <summary>Checked directly before the final dot: false when this silo may no longer act for the tenant.</summary>
    public bool MayFinish() => gate.LeaseHeld;

    /// <summary>Called by the transport: it got from <see cref="Source"/> as far as another side.</summary>
    public void SourceWorks() => SourceNews = new SourceNews(null, default);

    /// <summary>
    /// Called by the transport when nothing can leave from <see cref="Source"/>, whatever the recipient; it then answers
    /// <c>NotStarted</c>, so that the mail leaves from another.
    /// </summary>
    public void SourceFailed(string reason, DateTimeOffset restsUntil) => SourceNews = new SourceNews(reason, restsUntil);

    /// <summary>Called by the dispatcher when the transport has answered, whatever the answer.</summary>
    internal void Over()
    {
        var stage = Interlocked.Exchange(ref _stage, 3);
        if (stage is 1 or 2) gate.Leave(this);
        _abort.Dispose();
    }

    internal void Abort()
    {
        try
        {
            _abort.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // It ended in the meantime, which is what the caller wants.
        }
    }
}

/// <summary>What a hand-over showed of the address that it was to leave from.</summary>
/// <param name="Failure">Why nothing can leave from it; null when it works.</param>
/// <param name="RestsUntil">With a failure: until when it is not to be tried.</param>
public sealed record SourceNews(string? Failure, DateTimeOffset RestsUntil);
