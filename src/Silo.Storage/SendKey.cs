namespace Silo.Storage;

/// <summary>
/// What tells a repeated send from a new one. It is stored with what the first one accepted, in the same write, so that there is never the
/// one without the other.
/// </summary>
/// <param name="Call">
/// A digest of what names the call: who sends, by which operation, and the key that came with it. Unlike for all calls.
/// </param>
/// <param name="Content">A digest of what is sent; 0 where <paramref name="Call"/> covers it.</param>
public readonly record struct SendKey(UInt128 Call, UInt128 Content)
{
    /// <summary>How long a key is known at least after its send was accepted.</summary>
    public static readonly TimeSpan Kept = TimeSpan.FromHours(24);

    internal const int Bytes = 16;

    /// <summary>Keys lie by the hour, so that those of now are neighbours, and old ones go from the beginning.</summary>
    internal static int HourOf(DateTimeOffset instant) => (int)(instant.UtcTicks / TimeSpan.TicksPerHour);

    /// <summary>Where a key of the last <see cref="Kept"/> may lie; an hour more on each side, since clocks of silos differ.</summary>
    internal static int[] HoursUpTo(DateTimeOffset now)
    {
        var (first, last) = (HourOf(now - Kept) - 1, HourOf(now) + 1);
        return [.. Enumerable.Range(first, last - first + 1)];
    }

    internal static byte[] BytesOf(UInt128 digest)
    {
        var bytes = new byte[Bytes];
        System.Buffers.Binary.BinaryPrimitives.WriteUInt128BigEndian(bytes, digest);
        return bytes;
    }

    internal static UInt128 Read(ReadOnlySpan<byte> bytes) => System.Buffers.Binary.BinaryPrimitives.ReadUInt128BigEndian(bytes);
}

/// <summary>
/// The key of a send that is accepted. The store refuses the write when the tenant has accepted one under the same key in the same hour:
/// who looks into memory and store before finds the others, and what came past that, on another silo or after a crash, ends here.
/// </summary>
/// <param name="MessageId">What its sender is answered, and whoever repeats it.</param>
/// <param name="At">When it was accepted.</param>
public sealed record SendMark(SendKey Key, string MessageId, DateTimeOffset At);

/// <summary>A send that was accepted under a key.</summary>
/// <param name="Content">As in <see cref="SendKey"/>.</param>
public sealed record AcceptedSend(string MessageId, UInt128 Content, DateTimeOffset At);
