using System.Text.Json;
using Silo.Server.Accounts;
using Silo.Server.SesApi;
using Silo.Storage;

namespace Silo.Server.Access;

/// <summary>Access keys and their owners' lists in the store.</summary>
internal sealed partial class CredentialDocuments(
    IResourceStore store, SecretProtection protection, Arns arns, TimeProvider time, ILogger<CredentialDocuments> log)
{
    /// <summary>Documents in all: keys, and a list for each owner.</summary>
    public const int MaxDocuments = 1_000_000;

    /// <summary>No id begins with it, and it comes after all that ids are made of.</summary>
    public const char NotAnId = '~';

    private const ResourceKind Kind = ResourceKind.Credential;

    public static bool IsId(string id) => id.Length is >= 16 and <= 128 && id.All(char.IsAsciiLetterOrDigit);

    /// <param name="tenantName">Null for the operators' keys.</param>
    public static string ListName(string? tenantName) => tenantName is null ? "~operator" : $"~tenant:{tenantName}";

    public byte[] Protect(string id, string secret) => protection.Protect(id, secret);

    public async ValueTask<(CredentialDocument? Document, long Version)> Read(string id, CancellationToken cancellationToken) =>
        await store.Get(Kind, id, cancellationToken) is { } stored ? (Parse(stored), stored.Version) : default;

    public async ValueTask<ResourceCreation> Create(string id, CredentialDocument document, CancellationToken cancellationToken) =>
        await store.Create(
            new NewResource(Kind, id, id, Write(document), document.CreatedAt, [], MaxDocuments), cancellationToken);

    public ValueTask<bool> Replace(string id, CredentialDocument document, long version, CancellationToken cancellationToken) =>
        store.Replace(Kind, id, Write(document), version, cancellationToken);

    public async ValueTask<bool> Delete(string id, CancellationToken cancellationToken) =>
        await store.Delete(Kind, id, id, cancellationToken) == ResourceDeletion.Deleted;

    public async ValueTask<Page<(string Id, CredentialDocument Document)>> List(string? after, int pageSize, CancellationToken cancellationToken)
    {
        var page = await store.List(Kind, after, null, pageSize, cancellationToken);
        var keys = page.Items.TakeWhile(r => r.Name[0] != NotAnId).Select(r => (r.Name, Parse(r))).ToList();
        return new(keys, keys.Count == page.Items.Count ? page.Next : null);
    }

    public async ValueTask<IReadOnlyList<string>> KeysOf(string? tenantName, CancellationToken cancellationToken) =>
        (await ReadList(tenantName, cancellationToken)).KeyIds;

    /// <summary>False when the owner has as many keys as he may, or the account holds no more; else the key stands in his list.</summary>
    public async ValueTask<bool> AddToList(string? tenantName, string id, int maxKeys, CancellationToken cancellationToken)
    {
        while (true)
        {
            var (ids, version) = await ReadList(tenantName, cancellationToken);
            if (ids.Contains(id)) return true;
            if (ids.Count >= maxKeys) return false;
            if (version != 0)
            {
                if (await store.Replace(Kind, ListName(tenantName), Write([.. ids, id]), version, cancellationToken)) return true;
                continue;
            }

            var list = new NewResource(Kind, ListName(tenantName), ListName(tenantName), Write([id]), time.GetUtcNow(), [], MaxDocuments);
            switch (await store.Create(list, cancellationToken))
            {
                case ResourceCreation.Created: return true;
                case ResourceCreation.LimitReached: return false;
                default: continue;
            }
        }
    }

    public async ValueTask RemoveFromList(string? tenantName, string id, CancellationToken cancellationToken)
    {
        while (true)
        {
            var (ids, version) = await ReadList(tenantName, cancellationToken);
            if (version == 0 || !ids.Contains(id)) return;
            if (await store.Replace(Kind, ListName(tenantName), Write([.. ids.Where(i => i != id)]), version, cancellationToken)) return;
        }
    }

    public async ValueTask DeleteList(string? tenantName, CancellationToken cancellationToken) =>
        await store.Delete(Kind, ListName(tenantName), ListName(tenantName), cancellationToken);

    /// <summary>
    /// The key that a document stands for; null when its secret cannot be decrypted. One with a policy that cannot be read may do nothing.
    /// </summary>
    public AccessKey? ToKey(string id, CredentialDocument document)
    {
        if (protection.Unprotect(id, document.Secret) is not { } secret)
        {
            LogUndecipherable(log, id);
            return null;
        }

        return new AccessKey(id, document.IsSmtpOnly ? "" : secret)
        {
            Kind = document.Kind, TenantName = document.TenantName, TenantArn = document.TenantArn, IsEnabled = !document.IsDisabled,
            SmtpOnly = document.IsSmtpOnly, SmtpPassword = document.IsSmtpOnly ? secret : null,
            Statements = document.Policy is null ? null : StatementsOf(document),
        };
    }

    private IReadOnlyList<PolicyStatement> StatementsOf(CredentialDocument document)
    {
        var checks = new MemberChecks();
        using var policy = JsonDocument.Parse(document.Policy!);
        var statements = new PolicyReader(arns, document.Kind, checks).Read(policy.RootElement);
        return checks.Error is null ? statements : [];
    }

    private async ValueTask<(IReadOnlyList<string> KeyIds, long Version)> ReadList(string? tenantName, CancellationToken cancellationToken) =>
        await store.Get(Kind, ListName(tenantName), cancellationToken) is { } stored
            ? (JsonSerializer.Deserialize(stored.Document.Span, AccessJson.Default.CredentialIndex)?.KeyIds ?? [], stored.Version)
            : ([], 0);

    private static CredentialDocument Parse(StoredResource stored) =>
        JsonSerializer.Deserialize(stored.Document.Span, AccessJson.Default.CredentialDocument)
        ?? throw new StorageException($"The stored access key {stored.Name} holds no document.");

    private static byte[] Write(CredentialDocument document) =>
        JsonSerializer.SerializeToUtf8Bytes(document, AccessJson.Default.CredentialDocument);

    private static byte[] Write(IReadOnlyList<string> ids) =>
        JsonSerializer.SerializeToUtf8Bytes(new CredentialIndex(ids), AccessJson.Default.CredentialIndex);

    [LoggerMessage(
        EventId = 4101, Level = LogLevel.Error,
        Message = "The secret of access key {KeyId} cannot be decrypted with the key ring of this silo: the key is refused. Restore the ring")]
    private static partial void LogUndecipherable(ILogger logger, string keyId);
}
