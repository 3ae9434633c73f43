using System.Text.Json.Serialization;
using Silo.Core.ProviderData;
using Silo.Server.Accounts;
using Silo.Server.Egress;
using Silo.Server.ProviderData;
using Silo.Server.SesApi;
using Silo.Server.SesApi.Operations.DedicatedIps;

namespace Silo.Server.AdminApi;

/// <summary>What mailbox providers measured: uploads of their files, and what is kept of them.</summary>
internal static class ProviderDataOperations
{
    private const string Path = "/silo/v1/provider-data";
    private const string GooglePath = Path + "/google-postmaster";
    private const string SndsPath = Path + "/snds";
    private const int MaxUnknown = 20;

    public static SesOperation Get { get; } = SesOperation.Of("GetProviderData", "GET", Path, ReadFetch);

    public static SesOperation GetGoogle { get; } = SesOperation.Of("GetGooglePostmasterData", "GET", GooglePath + "/{Domain}", ReadGoogle);

    public static SesOperation GetSnds { get; } = SesOperation.Of("GetSndsData", "GET", SndsPath + "/{Ip}", ReadSnds);

    public static SesOperation PutGoogle { get; } =
        new("ImportGooglePostmasterData", "POST", GooglePath, ImportGoogle, ProviderDataLimits.MaxBytes);

    public static SesOperation PutSnds { get; } = new("ImportSndsData", "POST", SndsPath, ImportSnds, ProviderDataLimits.MaxBytes);

    public static GmailShape ToWire(GmailRates rates) => new(
        rates.SpamRate, rates.Reason,
        [.. rates.Rates.Select(r => new GmailDomainShape(r.Domain, r.Day, r.SpamRate, r.IsByLoop ? "FEEDBACK_LOOP" : "DOMAIN"))]);

    public static SndsShape ToWire(SndsDocument document) => new(
        document.Ip, EpochSeconds.From(document.ImportedAt),
        [.. document.Days.Select(d => new SndsDayShape(
            d.Day, d.FilterResult.ToString().ToUpperInvariant(), d.ComplaintRate, d.ComplaintRateBelow, d.TrapHits, d.RecipientCommands,
            d.DataCommands, d.MessageRecipients, d.SampleHello, d.SampleSender, d.Comments))]);

    private static async ValueTask<SesAnswer> ReadFetch(SesCall call, CancellationToken cancellationToken)
    {
        var last = await call.Services.ProviderFetches.Last(cancellationToken);
        return SesAnswer.Json(
            new GetProviderDataResponse(
                EpochSeconds.From(last?.StartedAt), EpochSeconds.From(last?.CompletedAt), last?.GoogleProblem, last?.SndsProblem),
            AdminJson.Default.GetProviderDataResponse);
    }

    private static async ValueTask<SesAnswer> ReadGoogle(SesCall call, CancellationToken cancellationToken)
    {
        if (CheckDomain(call.Labels[0]) is not { } domain) return NoDomain();
        return await call.Services.ProviderData.Google(domain, cancellationToken) is { } document
            ? SesAnswer.Json(
                new GoogleShape(
                    document.Domain, EpochSeconds.From(document.ImportedAt),
                    [.. document.Days.Select(d => new GoogleDayShape(
                        d.Day, d.SpamRate, [.. d.Loops.Select(l => new GoogleLoopShape(l.Id, l.SpamRate))]))]),
                AdminJson.Default.GoogleShape)
            : SesError.NotFound($"Nothing of Google Postmaster Tools was imported for {domain}.");
    }

    private static async ValueTask<SesAnswer> ReadSnds(SesCall call, CancellationToken cancellationToken)
    {
        var checks = new MemberChecks();
        if (DedicatedIpMembers.CheckIp(call.Labels[0], checks) is not { } ip) return checks.Error!;
        return await call.Services.ProviderData.Snds(ip, cancellationToken) is { } document
            ? SesAnswer.Json(ToWire(document), AdminJson.Default.SndsShape)
            : SesError.NotFound($"Nothing of SNDS was imported for {ip}.");
    }

    private static async ValueTask<SesAnswer> ImportGoogle(SesCall call, CancellationToken cancellationToken)
    {
        var checks = new MemberChecks();
        var given = call.QueryValue("Domain", checks);
        if (checks.Error is { } refused) return refused;
        if (CheckDomain(given) is not { } domain) return NoDomain();
        var reading = GoogleReader.Read(call.Body);
        if (reading.Problem is { } problem) return SesError.BadRequest($"The body is no answer of domainStats:query. {problem}.");
        return await call.Services.ProviderData.Take(domain, reading.Days, cancellationToken)
            ? SesAnswer.Json(new ImportResponse(reading.Days.Count, 0, null, reading.NextPageToken is null), AdminJson.Default.ImportResponse)
            : SesError.ConcurrentModification($"The data of {domain}");
    }

    private static async ValueTask<SesAnswer> ImportSnds(SesCall call, CancellationToken cancellationToken)
    {
        var reading = SndsReader.Read(call.Body.Span);
        if (reading.Problem is { } problem) return SesError.BadRequest($"The body is no data of SNDS. {problem}.");
        var (unknown, all) = await call.Services.ProviderData.Take(reading.Rows, cancellationToken);
        return all
            ? SesAnswer.Json(
                new ImportResponse(
                    reading.Rows.Count(r => !unknown.Contains(IpLiteral.Read(r.Address) ?? r.Address)), reading.Skipped,
                    unknown.Count == 0 ? null : [.. unknown.Take(MaxUnknown)], true),
                AdminJson.Default.ImportResponse)
            : SesError.ConcurrentModification("The data of SNDS");
    }

    private static string? CheckDomain(string? text) =>
        text is not null && !IdentityName.IsAddress(text) ? IdentityName.Normalize(text) : null;

    private static SesError NoDomain() => SesError.BadRequest("1 validation error detected: Domain must be a domain name");
}

/// <param name="StartedAt">Of the last fetch; absent before the first.</param>
/// <param name="GoogleProblem">What went wrong; absent when nothing did.</param>
internal sealed record GetProviderDataResponse(decimal? StartedAt, decimal? CompletedAt, string? GoogleProblem, string? SndsProblem);

/// <param name="Imported">Days of the domain, or rows of addresses.</param>
/// <param name="Skipped">Rows that are none.</param>
/// <param name="UnknownAddresses">Addresses that are none of a pool, 20 of them at most.</param>
/// <param name="IsWhole">False when the file says that there are more pages.</param>
internal sealed record ImportResponse(int Imported, int Skipped, IReadOnlyList<string>? UnknownAddresses, bool IsWhole);

internal sealed record GoogleShape(string Domain, decimal ImportedAt, IReadOnlyList<GoogleDayShape> Days);

/// <param name="SpamRate">0 to 1; null when it was not published, which is not 0.</param>
internal sealed record GoogleDayShape(
    DateOnly Day, [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] double? SpamRate, IReadOnlyList<GoogleLoopShape> FeedbackLoops);

internal sealed record GoogleLoopShape(string Id, [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] double? SpamRate);

internal sealed record SndsShape(string Ip, decimal ImportedAt, IReadOnlyList<SndsDayShape> Days);

/// <param name="FilterResult">GREEN, YELLOW, RED or UNKNOWN.</param>
/// <param name="ComplaintRateBelow">SNDS says only that it is below this.</param>
internal sealed record SndsDayShape(
    DateOnly Day, string FilterResult, double? ComplaintRate, double? ComplaintRateBelow, long TrapHits, long RecipientCommands, long DataCommands,
    long MessageRecipients, string? SampleHello, string? SampleSender, string? Comments);

/// <param name="ComplaintRate">
/// As Google measured it: the worst of the tenant's domains' newest ones of the last 7 days. Null, which is unknown and not 0, without.
/// </param>
/// <param name="Reason">Why it is unknown; absent when it is known.</param>
/// <param name="Domains">The newest of each domain, however old.</param>
internal sealed record GmailShape(
    [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] double? ComplaintRate, string? Reason, IReadOnlyList<GmailDomainShape> Domains);

/// <param name="Basis">FEEDBACK_LOOP for the loop that names the tenant, DOMAIN for all mail of a domain that is its alone.</param>
internal sealed record GmailDomainShape(string Domain, DateOnly Day, double ComplaintRate, string Basis);
