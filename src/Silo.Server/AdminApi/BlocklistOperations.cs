using Silo.Core.Blocklists;
using Silo.Server.Accounts;
using Silo.Server.Blocklists;
using Silo.Server.Egress;
using Silo.Server.SesApi;

namespace Silo.Server.AdminApi;

/// <summary>What blocklists say of the pools' addresses and the tenants' domains.</summary>
internal static class BlocklistOperations
{
    private const string Path = "/silo/v1/blocklists";
    private const string SubjectsPath = Path + "/subjects";
    private const string ListName = "ListBlocklistSubjects";

    public static SesOperation Get { get; } = SesOperation.Of("GetBlocklists", "GET", Path, ReadZones);

    public static SesOperation List { get; } = SesOperation.Of(ListName, "GET", SubjectsPath, ReadAll);

    public static SesOperation GetSubject { get; } = SesOperation.Of("GetBlocklistSubject", "GET", SubjectsPath + "/{Subject}", Read);

    public static SesOperation Look { get; } = SesOperation.Of(
        "LookUpBlocklistSubject", "POST", SubjectsPath + "/{Subject}/look", LookNow) with
    {
        // Each look asks every list; what is asked for by hand must not become a load for them.
        MostAtOnce = 1,
    };

    public static SubjectListingsShape ToWire(SubjectListings subject) => new(
        subject.Subject, subject.Kind == BlocklistKind.Addresses ? "ADDRESS" : "DOMAIN", subject.Pool, subject.IsListed,
        EpochSeconds.From(subject.LookedAt),
        [.. subject.Zones.Select(z => new ZoneListingShape(
            z.Zone, z.IsListed ? "LISTED" : z.AnsweredAt is null ? "UNKNOWN" : "NOT_LISTED", z.Codes, EpochSeconds.From(z.ListedAt),
            EpochSeconds.From(z.AnsweredAt), z.Problem, EpochSeconds.From(z.ProblemAt), z.ToldTo))],
        [.. subject.Past.Select(p => new PastListingShape(p.Zone, p.Codes, EpochSeconds.From(p.ListedAt), EpochSeconds.From(p.EndedAt)))]);

    private static async ValueTask<SesAnswer> ReadZones(SesCall call, CancellationToken cancellationToken)
    {
        var zones = await call.Services.Blocklists.Zones(cancellationToken);
        var round = await call.Services.BlocklistRounds.Round(cancellationToken);
        return SesAnswer.Json(
            new GetBlocklistsResponse(
                [.. zones.Select(z => new BlocklistZoneShape(
                    z.Zone.Name, z.Zone.Kind == BlocklistKind.Addresses ? "ADDRESSES" : "DOMAINS",
                    z.Test is null ? "NOT_TESTED" : z.Test.Problem is null ? "BELIEVED" : "NOT_BELIEVED", z.Test?.Problem,
                    EpochSeconds.From(z.Test?.At)))],
                EpochSeconds.From(round?.StartedAt), EpochSeconds.From(round?.CompletedAt), round?.Subjects),
            AdminJson.Default.GetBlocklistsResponse);
    }

    private static async ValueTask<SesAnswer> ReadAll(SesCall call, CancellationToken cancellationToken)
    {
        var checks = new MemberChecks();
        var listed = call.QueryValue("Listed", checks);
        checks.OneOf(listed, "Listed", "true", "false");
        var filter = listed is null ? "" : $"Listed={listed}";
        var after = PageToken.Read(ListName, filter, call.QueryValue("NextToken", checks), checks);
        var pageSize = PageToken.Size(call.QueryInt("PageSize", checks), checks);
        if (checks.Error is { } refused) return refused;
        var all = await call.Services.Blocklists.List(cancellationToken);
        var page = PageToken.PageOf(
            [.. all.Where(s => listed is null || s.IsListed == (listed == "true")).OrderBy(s => s.Subject, StringComparer.Ordinal)],
            s => s.Subject, after, pageSize);
        return SesAnswer.Json(
            new ListBlocklistSubjectsResponse([.. page.Items.Select(ToWire)], PageToken.Write(ListName, filter, page.Next)),
            AdminJson.Default.ListBlocklistSubjectsResponse);
    }

    private static async ValueTask<SesAnswer> Read(SesCall call, CancellationToken cancellationToken)
    {
        var checks = new MemberChecks();
        if (CheckSubject(call.Labels[0], checks) is not { } name) return checks.Error!;
        return await call.Services.Blocklists.Get(name, cancellationToken) is { } subject
            ? SesAnswer.Json(ToWire(subject), AdminJson.Default.SubjectListingsShape)
            : SesError.NotFound($"{name} has not been looked up.");
    }

    private static async ValueTask<SesAnswer> LookNow(SesCall call, CancellationToken cancellationToken)
    {
        var checks = new MemberChecks();
        if (CheckSubject(call.Labels[0], checks) is not { } name) return checks.Error!;
        if (!call.Services.Blocklists.IsOn) return SesError.BadRequest("No blocklists are configured (Silo:Blocklists:Zones).");
        return await call.Services.Blocklists.Look(name, cancellationToken) is { } subject
            ? SesAnswer.Json(ToWire(subject), AdminJson.Default.SubjectListingsShape)
            : SesError.NotFound($"{name} is neither a public address of a pool nor a verified domain that a tenant is associated with.");
    }

    private static string? CheckSubject(string text, MemberChecks checks)
    {
        if (IpLiteral.Read(text) is { } ip) return ip;
        if (!IdentityName.IsAddress(text) && IdentityName.Normalize(text) is { } domain) return domain;
        checks.Fail("Subject must be an address or a domain");
        return null;
    }
}

/// <param name="RoundStartedAt">Of the present hourly look, or the last one; absent before the first.</param>
/// <param name="RoundCompletedAt">Absent while it is under way.</param>
/// <param name="RoundSubjects">Addresses and domains of it.</param>
internal sealed record GetBlocklistsResponse(
    IReadOnlyList<BlocklistZoneShape> Zones, decimal? RoundStartedAt, decimal? RoundCompletedAt, int? RoundSubjects);

/// <param name="Kind">ADDRESSES or DOMAINS.</param>
/// <param name="Status">BELIEVED, NOT_BELIEVED or NOT_TESTED.</param>
/// <param name="Problem">Why it is not believed.</param>
internal sealed record BlocklistZoneShape(string Zone, string Kind, string Status, string? Problem, decimal? TestedAt);

internal sealed record ListBlocklistSubjectsResponse(IReadOnlyList<SubjectListingsShape> Subjects, string? NextToken);

/// <param name="Kind">ADDRESS or DOMAIN.</param>
/// <param name="Past">Listings that are over, the newest last.</param>
internal sealed record SubjectListingsShape(
    string Subject, string Kind, string? PoolName, bool IsListed, decimal? LookedAt, IReadOnlyList<ZoneListingShape> Zones,
    IReadOnlyList<PastListingShape> Past);

/// <param name="Status">LISTED, NOT_LISTED, or UNKNOWN while the list has never answered.</param>
/// <param name="AnsweredAt">When the list answered last: the status is of then.</param>
/// <param name="Problem">Why it did not answer the last time; absent when it did.</param>
/// <param name="ToldTenant">The tenant whose finding it is.</param>
internal sealed record ZoneListingShape(
    string Zone, string Status, string? Codes, decimal? ListedAt, decimal? AnsweredAt, string? Problem, decimal? ProblemAt, string? ToldTenant);

internal sealed record PastListingShape(string Zone, string? Codes, decimal ListedAt, decimal EndedAt);
