using System.Text.Json;
using Silo.Server.Accounts;
using Silo.Server.Egress;
using Silo.Storage;

namespace Silo.Server.Identities;

/// <summary>
/// Sending authorization policies: who else may send from an identity. Silo has one account, so nobody is let in or kept out by them; they are
/// kept as they were given, and answered. What keys may do is said by the keys' own policies.
/// </summary>
internal sealed class IdentityPolicies(IResourceStore store, TimeProvider time)
{
    /// <summary>Of one identity (SES developer guide, sending authorization).</summary>
    public const int MaxPolicies = 20;

    /// <summary>Characters of a policy (SES developer guide, sending authorization: 4 KB).</summary>
    public const int MaxLength = 4_096;

    private const int MaxDepth = 16;
    private const int MaxAttempts = 5;

    private readonly StoredDocuments<IdentityPolicySet> _sets = new(store, ResourceKind.IdentityPolicy, IdentityJson.Default.IdentityPolicySet);

    /// <summary>1 to 64 letters, digits, hyphens, underscores.</summary>
    public static bool IsValidName(string name) =>
        name.Length is > 0 and <= 64 && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_');

    /// <summary>Null for a policy in form: a JSON object with one statement or more, each with Effect, Principal, Action and Resource.</summary>
    public static string? Fault(string policy)
    {
        if (policy.Length > MaxLength) return $"must have at most {MaxLength} characters, not {policy.Length}";
        try
        {
            using var json = JsonDocument.Parse(policy, new JsonDocumentOptions { MaxDepth = MaxDepth });
            if (json.RootElement.ValueKind != JsonValueKind.Object) return "must be a JSON object";
            if (!json.RootElement.TryGetProperty("Statement", out var given)) return "must have a Statement";
            var statements = given.ValueKind == JsonValueKind.Array ? given.EnumerateArray().ToList() : [given];
            if (statements.Count == 0) return "must have a Statement";
            return statements.Select(Fault).FirstOrDefault(f => f is not null);
        }
        catch (JsonException)
        {
            return "must be JSON";
        }
    }

    public async ValueTask<IReadOnlyDictionary<string, string>> Get(string identity, CancellationToken cancellationToken) =>
        (await _sets.Get(identity, cancellationToken))?.Value.Policies ?? new Dictionary<string, string>();

    /// <param name="identity">Its name; it exists.</param>
    /// <param name="change">Null to leave them as they are; may be asked more than once when others write at the same time.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public async ValueTask<ResourceChange> Change(
        string identity, Func<IReadOnlyDictionary<string, string>, IReadOnlyDictionary<string, string>?> change, CancellationToken cancellationToken)
    {
        for (var attempt = 0; attempt < MaxAttempts; attempt++)
        {
            var current = await _sets.Get(identity, cancellationToken);
            if (change(current?.Value.Policies ?? new Dictionary<string, string>()) is not { } next) return ResourceChange.Done;
            var set = new IdentityPolicySet(next);
            var done = current is null
                ? await _sets.Create(identity, ArnOf(identity), set, time.GetUtcNow(), [], int.MaxValue, cancellationToken) == ResourceCreation.Created
                : await _sets.Replace(identity, set, current.Version, cancellationToken);
            if (done) return ResourceChange.Done;
        }

        return ResourceChange.Contended;
    }

    public async ValueTask Delete(string identity, CancellationToken cancellationToken) =>
        await _sets.Delete(identity, ArnOf(identity), cancellationToken);

    private static string ArnOf(string identity) => "identity-policies:" + identity;

    private static string? Fault(JsonElement statement)
    {
        if (statement.ValueKind != JsonValueKind.Object) return "must have objects as its statements";
        var effect = statement.TryGetProperty("Effect", out var e) && e.ValueKind == JsonValueKind.String ? e.GetString() : null;
        if (effect is not ("Allow" or "Deny")) return "must have an Effect of Allow or Deny in each statement";
        foreach (var member in (string[])["Principal", "Action", "Resource"])
        {
            // Each of them may be given by what it is not (IAM policy grammar).
            if (!statement.TryGetProperty(member, out _) && !statement.TryGetProperty("Not" + member, out _))
                return $"must have a {member} in each statement";
        }

        return null;
    }
}
