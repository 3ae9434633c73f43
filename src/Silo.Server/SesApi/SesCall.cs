using System.Globalization;
using System.Security.Cryptography;
using Silo.Core.Delivery;
using Silo.Dns;
using Silo.Server.Access;
using Silo.Server.Accounts;
using Silo.Server.Blocklists;
using Silo.Server.Compliance;
using Silo.Server.Delivery;
using Silo.Server.Delivery.Replies;
using Silo.Server.Egress;
using Silo.Server.Events;
using Silo.Server.Events.Sending;
using Silo.Server.Exports;
using Silo.Server.Feedback;
using Silo.Server.Hosting;
using Silo.Server.Identities;
using Silo.Server.Insights;
using Silo.Server.Intake;
using Silo.Server.Lists;
using Silo.Server.Lists.Imports;
using Silo.Server.Metrics;
using Silo.Server.Policies;
using Silo.Server.ProviderData;
using Silo.Server.PublicWeb;
using Silo.Server.Retention;
using Silo.Server.SesApi.Signing;
using Silo.Server.Templates;
using Silo.Server.Tenants;
using Silo.Server.Trust;
using Silo.Storage;

namespace Silo.Server.SesApi;

/// <summary>Answers how many units of the whole account left in the last 24 hours, for GetAccount.</summary>
public delegate ValueTask<long> SentLast24Hours(CancellationToken cancellationToken);

/// <summary>What operations work with; one object for all calls.</summary>
internal sealed record SesServices(
    ISiloStore Store, ITenants Tenants, MessageIntake Intake, AccountResources Account, Arns Arns, TimeProvider Time,
    RandomNumberGenerator Random, SiloOptions Options, SentLast24Hours Sent, SendingPoolResources Pools, DedicatedIpResources Ips,
    Dispatcher Dispatcher, MailboxProviders Providers, DnsClient Dns)
{
    public IResourceStore Resources => Store.Resources;

    public required FeedbackEntries Feedback { get; init; }

    public required PoolFindings Findings { get; init; }

    public required PolicyResources Policies { get; init; }

    public required EventDestinationResources EventDestinations { get; init; }

    public required ArnTargets ArnTargets { get; init; }

    public required Publisher Publisher { get; init; }

    public required BlocklistWatch Blocklists { get; init; }

    public required BlocklistService BlocklistRounds { get; init; }

    public required BlocklistSubjects BlocklistSubjects { get; init; }

    public required ProviderImports ProviderData { get; init; }

    public required ProviderFetchService ProviderFetches { get; init; }

    public required TrustTiers Trust { get; init; }

    public required TrustReviews Reviews { get; init; }

    public required ReplyRuleResources ReplyRules { get; init; }

    /// <summary>The rules that replies are judged by on this silo.</summary>
    public required ReplyRuleBook ReplyBook { get; init; }

    public required EmailTemplates Templates { get; init; }

    public required CustomVerificationTemplates VerificationTemplates { get; init; }

    public required VerificationMail VerificationMail { get; init; }

    public required CredentialResources Credentials { get; init; }

    public required CredentialDocuments CredentialDocuments { get; init; }

    public required IdentityTerms IdentityTerms { get; init; }

    public required IdentityKeys IdentityKeys { get; init; }

    public required IdentityPolicies IdentityPolicies { get; init; }

    public required IdentityVerification IdentityVerification { get; init; }

    public required DkimChanges DkimChanges { get; init; }

    public required DkimSigning DkimSigning { get; init; }

    public required ContactLists ContactLists { get; init; }

    public required LinkKeys LinkKeys { get; init; }

    public required ImportJobs ImportJobs { get; init; }

    public required ImportFiles ImportFiles { get; init; }

    public required InsightOptions InsightOptions { get; init; }

    public required InsightIndexer InsightIndexer { get; init; }

    public required InsightNames InsightNames { get; init; }

    public required InsightSearch InsightSearch { get; init; }

    public required MessageHistories Histories { get; init; }

    public required ExportJobs ExportJobs { get; init; }

    public required ExportLinks ExportLinks { get; init; }

    public required AddressInsights Addresses { get; init; }

    public required ComplianceReports Compliance { get; init; }

    public required Erasures Erasures { get; init; }

    public required ErasureService ErasureWork { get; init; }

    public required MetricsReader Metrics { get; init; }
}

/// <summary>One authenticated request on its way through an operation.</summary>
/// <param name="Labels">The variable segments of the path, decoded, in order.</param>
/// <param name="Query">As sent, with its escapes.</param>
/// <param name="Body">Valid until the call has been answered.</param>
internal sealed record SesCall(SesServices Services, IReadOnlyList<string> Labels, string Query, ReadOnlyMemory<byte> Body)
{
    /// <summary>Who calls.</summary>
    public SendOrigin Origin { get; init; }

    /// <summary>With which key it calls.</summary>
    public required Caller Caller { get; init; }

    /// <summary>The tenant that a call names, else the one that its key is of, else none: the account.</summary>
    public string? TenantOr(string? named) => named ?? Caller.TenantName;

    /// <summary>Of the request; null for a call that came by no request.</summary>
    public IHeaderDictionary? Headers { get; init; }

    /// <summary>Of the body; empty for a call that came by no request.</summary>
    public ReadOnlyMemory<byte> BodySha256 { get; init; }

    /// <summary>The caller asks for CSV where JSON is usual.</summary>
    public bool AcceptsCsv { get; init; }

    /// <summary>The values of a query parameter, decoded; empty when it is not given. Ones with broken escapes are left out.</summary>
    public IReadOnlyList<string> QueryValues(string name)
    {
        if (Query.Length == 0) return [];
        List<string>? values = null;
        foreach (var range in Query.AsSpan().Split('&'))
        {
            var part = Query.AsSpan(range);
            var equals = part.IndexOf('=');
            if (!part[..(equals < 0 ? part.Length : equals)].SequenceEqual(name)) continue;
            if (RequestTarget.Decode(equals < 0 ? [] : part[(equals + 1)..], plusIsBlank: true) is { } value) (values ??= []).Add(value);
        }

        return values ?? [];
    }

    /// <summary>A query parameter that is given at most once and is not empty.</summary>
    public string? QueryValue(string name, MemberChecks checks)
    {
        var values = QueryValues(name);
        if (values.Count > 1) checks.Fail($"{name} is given {values.Count} times");
        return values is [{ Length: > 0 } only] ? only : null;
    }

    public int? QueryInt(string name, MemberChecks checks)
    {
        if (QueryValue(name, checks) is not { } text) return null;
        if (int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value)) return value;
        checks.Fail($"{name} must be a whole number");
        return null;
    }
}
