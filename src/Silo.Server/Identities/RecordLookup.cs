using Silo.Core.Dkim;
using Silo.Dns;
using Silo.Server.Accounts;

namespace Silo.Server.Identities;

/// <summary>Asks DNS whether records are as they are to be. Safe for several threads.</summary>
internal sealed class RecordLookup(DnsClient dns, IdentityTerms terms)
{
    // The start of authority is the nearest one above; deeper names than this are asked no further.
    private const int MaxParents = 5;

    public async ValueTask<RecordFinding> Check(IdentityRecord record, CancellationToken cancellationToken)
    {
        if (record.Purpose == RecordPurpose.MailFromMx && record.Value is null)
            return new RecordFinding(RecordStatus.Unknown, "SERVICE_ERROR", "Silo:Identities:MailFromMx is not configured, so there is nothing to check");
        var type = record.Type switch { "CNAME" => DnsRecordType.Cname, "MX" => DnsRecordType.Mx, _ => DnsRecordType.Txt };
        var answer = await dns.Query(record.Name, type, cancellationToken);
        return answer.Kind switch
        {
            DnsAnswerKind.Found => Judge(record, answer.Records),
            DnsAnswerKind.NameNotFound => new RecordFinding(RecordStatus.Absent, "HOST_NOT_FOUND", $"{record.Name} does not exist"),
            DnsAnswerKind.NoData => new RecordFinding(RecordStatus.Absent, "TYPE_NOT_FOUND", $"{record.Name} has no {record.Type} record"),
            DnsAnswerKind.BadName => new RecordFinding(RecordStatus.Wrong, "INVALID_VALUE", $"{record.Name} is too long for a domain name"),
            _ => new RecordFinding(RecordStatus.Unknown, "DNS_SERVER_ERROR", $"The name servers of {record.Name} fail to answer"),
        };
    }

    /// <summary>The start of authority of the zone that a name is in; null when it cannot be told.</summary>
    public async ValueTask<ZoneAuthority?> Authority(string domain, CancellationToken cancellationToken)
    {
        var name = domain;
        for (var level = 0; level < MaxParents && name.Contains('.'); level++)
        {
            var answer = await dns.Query(name, DnsRecordType.Soa, cancellationToken);
            if (answer.Records.OfType<SoaRecord>().FirstOrDefault() is { } soa)
                return new ZoneAuthority(soa.PrimaryServer, soa.Responsible, soa.Serial);
            if (answer.Kind is DnsAnswerKind.ServerFailure or DnsAnswerKind.TimedOut) return null;
            name = name[(name.IndexOf('.') + 1)..];
        }

        return null;
    }

    private RecordFinding Judge(IdentityRecord record, IReadOnlyList<DnsRecord> found)
    {
        var texts = found.OfType<TextRecord>().Select(t => t.Text).ToList();
        var isRight = record.Purpose switch
        {
            RecordPurpose.Alias => found.OfType<NameRecord>().Any(n => Same(n.Target, record.Value)),
            // A second server would take reports that belong here (SES wants exactly one, too).
            RecordPurpose.MailFromMx => found.OfType<MxRecord>().All(m => Same(m.Exchange, terms.MailFromMx)),
            RecordPurpose.MailFromSpf => texts.Any(IsSpf),
            _ => texts.Any(t => DkimKeyRecord.TryParse(t, out var key) && key.Publishes(Convert.FromBase64String(record.PublicKey!))),
        };
        return isRight
            ? RecordFinding.Right
            : new RecordFinding(RecordStatus.Wrong, "INVALID_VALUE", $"{record.Name} has another {record.Type} record than the one to publish");
    }

    private bool IsSpf(string text)
    {
        var words = text.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        if (words.Length == 0 || !Same(words[0], "v=spf1")) return false;
        return terms.SpfInclude is null || words.Any(t => Same(t.TrimStart('+'), "include:" + terms.SpfInclude));
    }

    private static bool Same(string name, string? other) => string.Equals(name.TrimEnd('.'), other?.TrimEnd('.'), StringComparison.OrdinalIgnoreCase);
}
