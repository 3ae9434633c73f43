using Silo.Dns;

namespace Silo.Testing.Dns;

/// <summary>A message that a <see cref="ScriptedDnsServer"/> sends: right unless a property makes it a lie.</summary>
public sealed record ScriptedReply
{
    /// <summary>0 NOERROR, 1 FORMERR, 2 SERVFAIL, 3 NXDOMAIN, 4 NOTIMP, 5 REFUSED; above 15 an OPT record carries the rest.</summary>
    public int Code { get; init; }

    public IReadOnlyList<DnsRecord> Answers { get; init; } = [];

    public IReadOnlyList<DnsRecord> Authority { get; init; } = [];

    /// <summary>TC: the rest did not fit.</summary>
    public bool IsTruncated { get; init; }

    public bool IsAuthoritative { get; init; } = true;

    /// <summary>AD.</summary>
    public bool IsAuthenticated { get; init; }

    /// <summary>False: QR says that this is a question.</summary>
    public bool IsResponse { get; init; } = true;

    /// <summary>Another id than the question's: this is added to it.</summary>
    public int IdOffset { get; init; }

    /// <summary>Another question than was asked; null: the asked one.</summary>
    public string? QuestionName { get; init; }

    public DnsRecordType? QuestionType { get; init; }

    public ushort QuestionClass { get; init; } = 1;

    /// <summary>No question at all, as some servers answer with an error.</summary>
    public bool LacksQuestion { get; init; }

    /// <summary>Names are written as pointers where they can be (RFC 1035 4.1.4).</summary>
    public bool Compresses { get; init; } = true;

    /// <summary>From another port than was asked.</summary>
    public bool FromElsewhere { get; init; }

    /// <summary>Sent when this is done.</summary>
    public Task After { get; init; } = Task.CompletedTask;

    /// <summary>These bytes instead of all else, with the question's id in front when <see cref="KeepsId"/>.</summary>
    public byte[]? Raw { get; init; }

    public bool KeepsId { get; init; } = true;

    /// <summary>Sent over UDP as it is, however much larger than the client said it takes.</summary>
    public bool ExceedsPayload { get; init; }

    /// <summary>Over TCP: the connection ends in the middle of the message.</summary>
    public bool ClosesMidway { get; init; }

    /// <summary>The message that answers the question.</summary>
    public byte[] MessageTo(ScriptedQuery query)
    {
        if (Raw is { } raw) return KeepsId ? [query.Message[0], query.Message[1], .. raw] : raw;
        var flags = (IsResponse ? 0x8000 : 0) | (IsAuthoritative ? 0x0400 : 0) | (IsTruncated ? 0x0200 : 0) | (query.Flags & 0x0100)
            | 0x0080 | (IsAuthenticated ? 0x0020 : 0) | Code & 0xF;
        var extends = query.UdpPayload is not null || Code > 0xF;
        var writer = new PacketWriter(Compresses).Header(
            (query.Id + IdOffset) & 0xFFFF, flags, LacksQuestion ? 0 : 1, Answers.Count, Authority.Count, extends ? 1 : 0);
        if (!LacksQuestion) writer.Question(QuestionName ?? query.Name, QuestionType ?? query.Type, QuestionClass);
        foreach (var record in Answers.Concat(Authority)) writer.Record(record);
        if (extends) writer.Options(4096, Code);
        return writer.ToArray();
    }
}
