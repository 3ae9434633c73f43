using Silo.Server.Accounts;
using Silo.Server.Identities;
using Silo.Server.SesApi;
using Silo.Server.SesApi.Operations.Identities;

namespace Silo.Server.AdminApi;

/// <summary>What is to be published for identities, whether it is, and new keys.</summary>
internal static class IdentityOperations
{
    private const string Path = "/silo/v1/identities/{EmailIdentity}";
    private const string ZoneName = "ListDkimZoneRecords";

    // Each look asks several name servers; what is asked for by hand must not become a load for them.
    private const int MostLooksAtOnce = 4;

    public static SesOperation GetRecords { get; } = SesOperation.Of("GetIdentityRecords", "GET", Path + "/records", Records) with
    {
        MostAtOnce = MostLooksAtOnce,
    };

    public static SesOperation Check { get; } = SesOperation.Of("CheckIdentity", "POST", Path + "/check", LookNow) with
    {
        MostAtOnce = MostLooksAtOnce,
    };

    public static SesOperation Rotate { get; } = SesOperation.Of("RotateIdentityKey", "POST", Path + "/rotate", NewKey);

    public static SesOperation ListZone { get; } = SesOperation.Of(ZoneName, "GET", "/silo/v1/dkim/records", Zone);

    private static ValueTask<SesAnswer> Records(SesCall call, CancellationToken cancellationToken) =>
        Answer(call, looks: false, cancellationToken);

    private static ValueTask<SesAnswer> LookNow(SesCall call, CancellationToken cancellationToken) =>
        Answer(call, looks: true, cancellationToken);

    private static async ValueTask<SesAnswer> Answer(SesCall call, bool looks, CancellationToken cancellationToken)
    {
        var verification = call.Services.IdentityVerification;
        if (await call.Services.Account.GetIdentity(call.Labels[0], cancellationToken) is not { } identity)
            return GetEmailIdentity.NotFound(call.Labels[0]);
        if (looks) identity = await verification.Look(identity.Name, cancellationToken) ?? identity;
        var records = await verification.Records(identity, cancellationToken);
        return SesAnswer.Json(
            new GetIdentityRecordsResponse(
                identity.Name, identity.VerificationStatus, identity.Dkim.Status, identity.MailFrom?.Status,
                EpochSeconds.From(identity.Proof?.NextLookAt), [.. records.Select(r => ToWire(r.Record, r.Finding))]),
            AdminJson.Default.GetIdentityRecordsResponse);
    }

    private static async ValueTask<SesAnswer> NewKey(SesCall call, CancellationToken cancellationToken)
    {
        if (await call.Services.Account.GetIdentity(call.Labels[0], cancellationToken) is not { } identity)
            return GetEmailIdentity.NotFound(call.Labels[0]);
        var (done, refusal) = await call.Services.DkimChanges.Rotate(identity, null, cancellationToken);
        if (done is null) return SesError.Conflict(refusal!);
        return done == ResourceChange.Done ? await Records(call, cancellationToken) : IdentityChange.Answer(done.Value, identity.Name);
    }

    /// <summary>What the platform itself publishes: its own key, and those that tokens of identities lead to.</summary>
    private static async ValueTask<SesAnswer> Zone(SesCall call, CancellationToken cancellationToken)
    {
        var checks = new MemberChecks();
        var after = PageToken.Read(ZoneName, "", call.QueryValue("NextToken", checks), checks);
        var pageSize = PageToken.Size(call.QueryInt("PageSize", checks), checks);
        if (checks.Error is { } refused) return refused;
        var (services, records) = (call.Services, new List<IdentityRecordShape>());
        if (after is null && await services.DkimSigning.PlatformWanted(cancellationToken) is var (own, _))
        {
            var name = IdentityRecords.NameOf(own.Selector, own.Domain);
            records.Add(new IdentityRecordShape(
                name, "TXT", Core.Dkim.DkimKeyRecord.Write(Convert.FromBase64String(own.PublicKey)), "PLATFORM_KEY", null, null));
        }

        var page = await services.Account.ListIdentities(after, null, pageSize, cancellationToken);
        foreach (var identity in page.Items.Where(i => !IdentityName.IsAddress(i.Name)))
        {
            var keys = await services.IdentityKeys.Get(identity.Name, cancellationToken);
            records.AddRange(IdentityRecords.OfZone(identity, keys, services.IdentityTerms).Select(r => ToWire(r, null)));
        }

        return SesAnswer.Json(
            new ListDkimZoneRecordsResponse(records, PageToken.Write(ZoneName, "", page.Next)), AdminJson.Default.ListDkimZoneRecordsResponse);
    }

    private static IdentityRecordShape ToWire(IdentityRecord record, RecordFinding? finding) => new(
        record.Name, record.Type, record.Value,
        record.Purpose switch
        {
            RecordPurpose.SigningKey => "SIGNING_KEY",
            RecordPurpose.NextKey => "NEXT_KEY",
            RecordPurpose.RetiredKey => "RETIRED_KEY",
            RecordPurpose.Alias => "DKIM_ALIAS",
            RecordPurpose.MailFromMx => "MAIL_FROM_MX",
            _ => "MAIL_FROM_SPF",
        },
        finding?.Status switch
        {
            null => null,
            RecordStatus.Right => "FOUND",
            RecordStatus.Absent => "MISSING",
            RecordStatus.Wrong => "WRONG",
            _ => "UNKNOWN",
        },
        finding?.Detail);
}

/// <param name="NextCheckTimestamp">When DNS is asked next; absent when it never is.</param>
internal sealed record GetIdentityRecordsResponse(
    string EmailIdentity, string VerificationStatus, string DkimStatus, string? MailFromDomainStatus, decimal? NextCheckTimestamp,
    IReadOnlyList<IdentityRecordShape> Records);

/// <param name="Type">CNAME, TXT or MX.</param>
/// <param name="Value">Absent when the configuration does not say what it is.</param>
/// <param name="Purpose">SIGNING_KEY, NEXT_KEY, RETIRED_KEY, DKIM_ALIAS, MAIL_FROM_MX, MAIL_FROM_SPF, PLATFORM_KEY.</param>
/// <param name="Status">FOUND, MISSING, WRONG, UNKNOWN; absent where it was not looked for.</param>
internal sealed record IdentityRecordShape(string Name, string Type, string? Value, string Purpose, string? Status, string? Detail);

internal sealed record ListDkimZoneRecordsResponse(IReadOnlyList<IdentityRecordShape> Records, string? NextToken);
