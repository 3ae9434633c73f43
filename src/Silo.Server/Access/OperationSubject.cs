using System.Text.Json;
using Silo.Server.Accounts;
using Silo.Server.SesApi;

namespace Silo.Server.Access;

/// <summary>What a call is about, for the decision and for its audit record. Nothing is looked up: it names what the caller named.</summary>
/// <param name="TenantName">Null for the account.</param>
/// <param name="Resource">An ARN; null when the call names none.</param>
internal readonly record struct OperationSubject(string? TenantName, string? Resource)
{
    /// <summary>Longest name that is taken down, in characters; ids and names are far shorter.</summary>
    private const int MaxName = 512;

    // In this order: what is named first is what the call is about.
    private static readonly (string Member, string Type)[] Named =
    [
        ("EmailIdentity", "identity"), ("ConfigurationSetName", "configuration-set"), ("TemplateName", "template"),
        ("ContactListName", "contact-list"), ("PoolName", "dedicated-ip-pool"), ("Ip", "dedicated-ip"), ("PolicyName", "reputation-policy"),
        ("EventDestinationName", "event-destination"), ("TierName", "trust-tier"), ("AccessKeyId", "access-key"), ("JobId", "job"),
        ("EmailAddress", "address"), ("Domain", "domain"), ("Subject", "blocklist-subject"), ("EndpointName", "multi-region-endpoint"),
    ];

    public static OperationSubject Of(SesOperation operation, OperationAccess access, SesCall call)
    {
        var arns = call.Services.Arns;
        var labels = LabelNames(operation.Path);
        var arn = Member(labels, call, "ResourceArn") ?? Member(labels, call, "ReputationEntityReference");
        var tenant = access.Tenant switch
        {
            TenantPlace.Path => call.Labels[0],
            TenantPlace.Body => JsonMember(call.Body, "TenantName") ?? call.Caller.TenantName,
            TenantPlace.Query => QueryMember(call, "TenantName") ?? call.Caller.TenantName,
            TenantPlace.Arn => TenantOf(call),
            _ => Member(labels, call, "TenantName"),
        };
        if (arn is not null) return new(Cut(tenant), Cut(arn));
        foreach (var (member, type) in Named)
            if (Member(labels, call, member) is { } name) return new(Cut(tenant), Cut(arns.Of(type, Normal(type, name))));
        return new(
            Cut(tenant),
            tenant is null ? null : tenant == call.Caller.TenantName ? call.Caller.Key.TenantArn : Cut(arns.Of("tenant", tenant)));
    }

    // Of a tenant's own ARN it knows the name; of every other one nothing, be there such a tenant or not.
    private static string? TenantOf(SesCall call) =>
        call.Caller.Key.TenantArn is { } own && call.Labels.Count > 1 && call.Labels[1] == own ? call.Caller.TenantName : null;

    private static string Normal(string type, string name) => type == "identity" ? IdentityName.Normalize(name) ?? name : name;

    private static string? Member(string[] labels, SesCall call, string name)
    {
        var label = Array.IndexOf(labels, name);
        if (label >= 0 && label < call.Labels.Count) return call.Labels[label];
        return JsonMember(call.Body, name) ?? QueryMember(call, name);
    }

    private static string? QueryMember(SesCall call, string name) => call.QueryValues(name) is [{ Length: > 0 } only] ? only : null;

    private static string[] LabelNames(string path) =>
        [.. path.Split('/').Where(s => s.StartsWith('{')).Select(s => s.Trim('{', '}'))];

    /// <summary>
    /// A text among the members of the body's object, as the operation will read it: the last one of a name. Null for broken JSON, which
    /// the operation refuses.
    /// </summary>
    internal static string? JsonMember(ReadOnlyMemory<byte> body, string name)
    {
        string? found = null;
        var reader = new Utf8JsonReader(body.Span);
        try
        {
            while (reader.Read())
            {
                if (reader.TokenType != JsonTokenType.PropertyName || reader.CurrentDepth != 1) continue;
                var isIt = reader.ValueTextEquals(name);
                reader.Read();
                if (isIt) found = reader.TokenType == JsonTokenType.String ? reader.GetString() : null;
                else reader.Skip();
            }

            return found;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return null;
        }
    }

    // Before the operation has looked at it. PostgreSQL has no NUL in text, and the record must stand all the same.
    internal static string? Cut(string? text) => (text is null || text.Length <= MaxName ? text : text[..MaxName])?.Replace('\0', '?');
}
