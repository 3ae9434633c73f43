using System.Buffers.Binary;

namespace Silo.Dns.Wire;

internal enum ReadOutcome
{
    Read,

    /// <summary>It answers something else, or is no answer: whoever sent it is not whom we asked, or is late (RFC 5452 9.1).</summary>
    NotOurs,

    /// <summary>It answers our question and breaks the format.</summary>
    Malformed,
}

/// <summary>Reads a message as the answer to a question. Pure, never throws, in time linear to the message.</summary>
internal static class ResponseReader
{
    private const int HeaderBytes = 12;
    private const ushort IsResponse = 0x8000;
    private const ushort OperationCode = 0x7800;
    private const ushort Authoritative = 0x0400;
    private const ushort Truncated = 0x0200;
    private const ushort Authenticated = 0x0020;

    public static ReadOutcome TryRead(ReadOnlySpan<byte> message, ushort id, DnsQuestion question, out Response? response)
    {
        response = null;
        if (message.Length < HeaderBytes || Number(message, 0) != id) return ReadOutcome.NotOurs;
        var flags = Number(message, 2);
        if ((flags & IsResponse) == 0 || (flags & OperationCode) != 0) return ReadOutcome.NotOurs;
        var offset = HeaderBytes;
        var code = (ResponseCode)(flags & 0x000F);
        if (!Repeats(message, question, code, ref offset)) return ReadOutcome.NotOurs;

        var head = new Response(
            code, (flags & Truncated) != 0, (flags & Authoritative) != 0, (flags & Authenticated) != 0, [], []);
        if (head.IsTruncated)
        {
            response = head;
            return ReadOutcome.Read;
        }

        if (!TryReadSection(message, Number(message, 6), ref offset, out var answers)
            || !TryReadSection(message, Number(message, 8), ref offset, out var authority)
            || !TryReadAdditional(message, Number(message, 10), ref offset, ref code))
            return ReadOutcome.Malformed;
        response = head with { Code = code, Answers = answers, Authority = authority };
        return ReadOutcome.Read;
    }

    /// <summary>The question stands in the answer as it was asked. Servers that could not read it leave it out.</summary>
    private static bool Repeats(ReadOnlySpan<byte> message, DnsQuestion question, ResponseCode code, ref int offset)
    {
        var count = Number(message, 4);
        if (count == 0)
            return code is ResponseCode.FormatError or ResponseCode.ServerFailure or ResponseCode.NotImplemented or ResponseCode.Refused;
        if (count != 1 || !DomainName.TryRead(message, ref offset, out var name) || offset + 4 > message.Length) return false;
        var (type, @class) = (Number(message, offset), Number(message, offset + 2));
        offset += 4;
        return type == (ushort)question.Type && @class == RecordReader.ClassInternet && name == question.Name;
    }

    private static bool TryReadSection(ReadOnlySpan<byte> message, int count, ref int offset, out List<DnsRecord> records)
    {
        records = [];
        for (var i = 0; i < count; i++)
        {
            if (!RecordReader.TryReadHead(message, ref offset, out var head) || !RecordReader.TryReadBody(message, head, out var record))
                return false;
            if (record is not null) records.Add(record);
        }

        return true;
    }

    // Addresses beside the answer are nobody's word for them: they are asked for when they are needed.
    private static bool TryReadAdditional(ReadOnlySpan<byte> message, int count, ref int offset, ref ResponseCode code)
    {
        var hasOptions = false;
        for (var i = 0; i < count; i++)
        {
            if (!RecordReader.TryReadHead(message, ref offset, out var head)) return false;
            if (head.Type != RecordReader.TypeOptions) continue;
            if (hasOptions || head.Name.Length > 0) return false;
            hasOptions = true;
            code = (ResponseCode)((head.RawTimeToLive >> 24) << 4 | (uint)code & 0xF);
        }

        return true;
    }

    private static ushort Number(ReadOnlySpan<byte> message, int at) => BinaryPrimitives.ReadUInt16BigEndian(message[at..]);
}
