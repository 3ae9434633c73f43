namespace Silo.Storage;

/// <summary>
/// A unit that left, as feedback knows it: when all that the spool had of it is gone, this is what tells a repetition from news.
/// </summary>
/// <param name="Day">The UTC day on which its message was accepted, counted from 0001-01-01: marks go by it when they are too old.</param>
/// <param name="Unit">A digest of message and recipient, unlike for all units of a tenant.</param>
public readonly record struct FeedbackKey(int Day, UInt128 Unit)
{
    /// <summary>Marks of messages that were accepted longer ago are gone. Feedback about such is to be refused earlier.</summary>
    public static readonly TimeSpan Kept = TimeSpan.FromDays(62);

    internal const int UnitBytes = 16;

    /// <summary>The day that marks of an instant go by.</summary>
    public static int DayOf(DateTimeOffset acceptedAt) => (int)(acceptedAt.UtcTicks / TimeSpan.TicksPerDay);

    internal void WriteUnit(Span<byte> to) => System.Buffers.Binary.BinaryPrimitives.WriteUInt128BigEndian(to, Unit);

    internal static UInt128 ReadUnit(ReadOnlySpan<byte> from) => System.Buffers.Binary.BinaryPrimitives.ReadUInt128BigEndian(from);
}

/// <summary>What feedback has told of a unit so far.</summary>
/// <param name="State">Opaque to the store; not 0.</param>
public readonly record struct FeedbackMark(FeedbackKey Key, int State);
