using System.Text.Json;

namespace Silo.Storage.Writing;

/// <summary>
/// One write in line: a tenant's, or a change by the control plane that runs inside a batch, for which each engine has its class.
/// </summary>
internal class PendingWrite
{
    // Rows, keys and indexes around what was given: keeps a flood of tiny writes from passing as free.
    private const int FixedBytes = 128;
    private const int BytesPerUnit = 96;
    private const int BytesPerEvent = 48;

    // With the sums that it is added to.
    private const int BytesPerRollUp = 512;

    /// <summary>A change.</summary>
    protected PendingWrite(long line) : this(line, FixedBytes)
    {
    }

    private PendingWrite(long line, int bytes)
    {
        Line = line;
        Bytes = bytes;
    }

    /// <summary>Order is kept within a line: a tenant's key, 0 for releases, negative for what is of no tenant (<see cref="ControlPlane"/>).</summary>
    public long Line { get; }

    public int Bytes { get; }

    public SpoolWrite? Write { get; private init; }

    /// <summary>The message's envelope as stored, made on the caller's thread to spare the writer's.</summary>
    public byte[]? Envelope { get; private init; }

    public long Ticket { get; set; }

    /// <summary>Why this write alone fails while the rest of its batch commits.</summary>
    public Exception? Failure { get; set; }

    /// <summary>Set once somebody waits. Guarded by the ticket book.</summary>
    public TaskCompletionSource? Waiter { get; set; }

    public static PendingWrite Of(SpoolWrite write)
    {
        var bytes = FixedBytes + write.Settlements.Count * BytesPerUnit + (write.Release?.UnitIds.Count ?? 0) * 8L;
        foreach (var appended in write.Events) bytes += (BytesPerEvent + appended.Payload.Length) * (appended.Notice is null ? 1 : 2);
        if (write.Facts is { } facts) bytes += BytesPerUnit + facts.Facts.Length;
        if (write.Send is not null) bytes += BytesPerUnit;
        bytes += write.Suppressions.Count * BytesPerUnit;
        if (write.RollUps is { } rollUps) bytes += rollUps.Rows.Count * (long)BytesPerRollUp;
        if (write.Snapshot is { } snapshot) bytes += snapshot.State.Length + snapshot.Counters.Length;
        byte[]? envelope = null;
        if (write.Append is { } append)
        {
            if (append.Recipients.Count is < 1 or > 50) throw new ArgumentException("A message has 1 to 50 recipients.", nameof(write));
            envelope = JsonSerializer.SerializeToUtf8Bytes(append.Envelope, EnvelopeJson.Default.Envelope);
            bytes += envelope.Length + append.Content.Length;
            foreach (var recipient in append.Recipients) bytes += BytesPerUnit + recipient.Length;
        }

        return new(write.TenantKey, checked((int)bytes)) { Write = write, Envelope = envelope };
    }
}
