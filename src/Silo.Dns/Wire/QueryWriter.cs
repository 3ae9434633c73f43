using System.Buffers.Binary;

namespace Silo.Dns.Wire;

/// <summary>A question as a message (RFC 1035 4.1), with the extensions' record (RFC 6891 6.1.2) or without.</summary>
internal static class QueryWriter
{
    public const int MaxBytes = 12 + DomainName.MaxBytes + 4 + 11;

    // RD, and AD: tell us whether you checked (RFC 6840 5.7).
    private const ushort Recursive = 0x0100;
    private const ushort WantsAuthenticity = 0x0020;
    private const ushort ClassInternet = 1;
    private const ushort TypeOptions = 41;

    /// <param name="destination">At least <see cref="MaxBytes"/>.</param>
    /// <param name="id">Of the message.</param>
    /// <param name="question">Its one question.</param>
    /// <param name="udpPayload">What is taken over UDP, in bytes; null: without extensions.</param>
    /// <returns>The message's length.</returns>
    public static int Write(Span<byte> destination, ushort id, DnsQuestion question, int? udpPayload)
    {
        destination[..12].Clear();
        Put(destination, id);
        Put(destination[2..], udpPayload is null ? Recursive : (ushort)(Recursive | WantsAuthenticity));
        destination[5] = 1;
        var at = 12 + DomainName.Write(question.Name, destination[12..]);
        Put(destination[at..], (ushort)question.Type);
        Put(destination[(at + 2)..], ClassInternet);
        at += 4;
        if (udpPayload is not { } payload) return at;

        destination[11] = 1;
        destination.Slice(at, 11).Clear();
        Put(destination[(at + 1)..], TypeOptions);
        Put(destination[(at + 3)..], (ushort)payload);
        return at + 11;
    }

    private static void Put(Span<byte> destination, ushort value) => BinaryPrimitives.WriteUInt16BigEndian(destination, value);
}
