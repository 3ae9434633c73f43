using System.Text.Json.Serialization;
using Silo.Core.Addresses;
using Silo.Server.SesApi;
using Silo.Server.SesApi.Operations.Suppression;
using Silo.Server.SesApi.Operations.Tenants;

namespace Silo.Server.Retention;

/// <summary>
/// Erases an address wherever it stands as a recipient, of one tenant or of all. It is done in the background; what is small is done at once.
/// </summary>
internal static class ErasureOperations
{
    private const string Path = "/silo/v1/erasures";
    private const string ListName = "ListErasures";
    private static readonly TimeSpan AnswersWithin = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan LooksEvery = TimeSpan.FromMilliseconds(50);

    public static SesOperation Create { get; } = SesOperation.Of("CreateErasure", "POST", Path, ErasureShapes.Default.CreateErasureRequest, Ask);

    public static SesOperation Get { get; } = SesOperation.Of("GetErasure", "GET", Path + "/{Id}", Read);

    public static SesOperation List { get; } = SesOperation.Of(ListName, "GET", Path, ReadAll);

    private static async ValueTask<SesAnswer> Ask(SesCall call, CreateErasureRequest request, CancellationToken cancellationToken)
    {
        var checks = new MemberChecks();
        SuppressionMembers.CheckAddress(request.EmailAddress, checks);
        if (request.TenantName is not null) TenantMembers.CheckName(request.TenantName, checks);
        if (checks.Error is { } refused) return refused;
        // As recipients are written down: in Punycode, and without quotes that are not needed.
        var address = EmailAddress.TryParse(request.EmailAddress, allowUtf8: true, out var parsed) ? parsed.ToString() : request.EmailAddress!;
        (string, long)? tenant = null;
        if (request.TenantName is { } name)
        {
            if (await call.Services.Store.Tenants.Load(name, cancellationToken) is not { } stored) return TenantMembers.NotFound(name);
            tenant = (name, stored.TenantKey);
        }

        var erasures = call.Services.Erasures;
        if (await erasures.Ask(address, tenant, call.Origin.Identity, cancellationToken) is not { } erasure)
            return SesError.LimitExceeded($"There are {Erasures.Max} erasures that are not done, or were done in the last 400 days.");
        call.Services.ErasureWork.Wake();
        var time = call.Services.Time;
        var asked = time.GetTimestamp();
        while (!erasure.IsDone && time.GetElapsedTime(asked) < AnswersWithin)
        {
            await Task.Delay(LooksEvery, time, cancellationToken);
            erasure = await erasures.Get(erasure.Id, cancellationToken) ?? erasure;
        }

        return Answer(erasure);
    }

    private static async ValueTask<SesAnswer> Read(SesCall call, CancellationToken cancellationToken) =>
        await call.Services.Erasures.Get(call.Labels[0], cancellationToken) is { } erasure
            ? Answer(erasure)
            : SesError.NotFound($"There is no erasure <{MemberChecks.Shown(call.Labels[0])}>.");

    private static async ValueTask<SesAnswer> ReadAll(SesCall call, CancellationToken cancellationToken)
    {
        var checks = new MemberChecks();
        var after = PageToken.Read(ListName, "", call.QueryValue("NextToken", checks), checks);
        var pageSize = PageToken.Size(call.QueryInt("PageSize", checks), checks);
        if (checks.Error is { } refused) return refused;
        var page = await call.Services.Erasures.List(after, pageSize, cancellationToken);
        return SesAnswer.Json(
            new ListErasuresResponse([.. page.Items.Select(ToWire)], PageToken.Write(ListName, "", page.Next)),
            ErasureShapes.Default.ListErasuresResponse);
    }

    private static SesAnswer Answer(Erasure erasure) => SesAnswer.Json(ToWire(erasure), ErasureShapes.Default.ErasureShape);

    private static ErasureShape ToWire(Erasure erasure) => new(
        erasure.Id, erasure.IsDone ? "COMPLETED" : erasure.RestsUntil is null ? "RUNNING" : "WAITING", erasure.Pseudonym, erasure.TenantName,
        erasure.RequestedBy, EpochSeconds.From(erasure.RequestedAt), EpochSeconds.From(erasure.CompletedAt), erasure.Found);
}

/// <param name="TenantName">Only what this tenant sent; absent for all.</param>
internal sealed record CreateErasureRequest(string? EmailAddress, string? TenantName);

/// <param name="Status">RUNNING, WAITING (for mail that is under way) or COMPLETED.</param>
/// <param name="Pseudonym">What stands in place of the address from now on; the address itself is not told again.</param>
/// <param name="Found">
/// How often it was found, by kind, so far. Entries of suppression lists and opt-outs are none of it: they stay, as what the person wished.
/// </param>
internal sealed record ErasureShape(
    string ErasureId, string Status, string Pseudonym, string? TenantName, string? RequestedBy, decimal CreatedTimestamp,
    decimal? CompletedTimestamp, IReadOnlyDictionary<string, long> Found);

internal sealed record ListErasuresResponse(IReadOnlyList<ErasureShape> Erasures, string? NextToken);

[JsonSourceGenerationOptions(
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow)]
[JsonSerializable(typeof(CreateErasureRequest))]
[JsonSerializable(typeof(ErasureShape))]
[JsonSerializable(typeof(ListErasuresResponse))]
internal sealed partial class ErasureShapes : JsonSerializerContext;
