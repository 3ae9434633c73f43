using System.Text.Json;
using Silo.Server.SesApi;

namespace Silo.Server.Access;

/// <param name="Kind">OPERATOR or TENANT.</param>
/// <param name="TenantName">Of a tenant's key.</param>
/// <param name="Description">Up to 512 characters.</param>
/// <param name="Policy">In the shape of IAM's; absent for what the kind allows.</param>
internal sealed record CreateCredentialRequest(string? Kind, string? TenantName, string? Description, JsonElement? Policy);

/// <param name="AccessKeyId">16 to 128 letters and digits: what the application logs in with today.</param>
/// <param name="SmtpPassword">8 to 128 printable characters of ASCII: what it gives today.</param>
/// <param name="Kind">OPERATOR or TENANT; absent for TENANT.</param>
internal sealed record ImportSmtpCredentialRequest(
    string? AccessKeyId, string? SmtpPassword, string? Kind, string? TenantName, string? Description, JsonElement? Policy);

/// <param name="OldKeyValidSeconds">How long the old key lives on: 0 to 90 days. Absent for a day.</param>
internal sealed record RotateCredentialRequest(long? OldKeyValidSeconds);

/// <param name="Status">ENABLED or DISABLED.</param>
internal sealed record PutCredentialStatusRequest(string? Status);

/// <param name="Policy">Absent or null for what the kind allows.</param>
internal sealed record PutCredentialPolicyRequest(JsonElement? Policy);

/// <param name="SecretAccessKey">Shown in this answer and never again.</param>
internal sealed record CreateCredentialResponse(CredentialShape Credential, string? SecretAccessKey);

internal sealed record GetCredentialResponse(CredentialShape Credential);

internal sealed record ListCredentialsResponse(IReadOnlyList<CredentialShape> Credentials, string? NextToken);

/// <param name="Kind">ROOT, OPERATOR or TENANT.</param>
/// <param name="Status">ENABLED, DISABLED, ENDING (until EndsAt) or ENDED.</param>
internal sealed record CredentialShape(
    string AccessKeyId, string Kind, string? TenantName, string Status, bool SmtpOnly, decimal? CreatedTimestamp, decimal? EndsAt,
    string? ReplacedBy, string? Description, JsonElement? Policy)
{
    public static CredentialShape Of(string id, CredentialDocument document, DateTimeOffset now) => new(
        id, document.Kind.ToString().ToUpperInvariant(), document.TenantName, StatusOf(document, now), document.IsSmtpOnly,
        EpochSeconds.From(document.CreatedAt), EpochSeconds.From(document.EndsAt), document.ReplacedBy, document.Description,
        document.Policy is null ? null : JsonDocument.Parse(document.Policy).RootElement);

    /// <summary>The root key has no date and no policy, and is managed where it stands.</summary>
    public static CredentialShape Root(AccessKey key) => new(key.Id, "ROOT", null, "ENABLED", false, null, null, null, null, null);

    private static string StatusOf(CredentialDocument document, DateTimeOffset now) => document switch
    {
        { EndsAt: { } end } when end <= now => "ENDED",
        { IsDisabled: true } => "DISABLED",
        { EndsAt: not null } => "ENDING",
        _ => "ENABLED",
    };
}
