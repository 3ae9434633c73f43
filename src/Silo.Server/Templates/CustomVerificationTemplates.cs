using System.Text.Json;
using Silo.Server.Accounts;
using Silo.Storage;

namespace Silo.Server.Templates;

/// <summary>The custom verification templates of the account. They are used seldom, so they are read each time.</summary>
public sealed class CustomVerificationTemplates(IResourceStore store, Arns arns, TimeProvider time)
{
    private const int MaxWriteAttempts = 5;

    public async ValueTask<CustomVerificationTemplate?> Get(string name, CancellationToken cancellationToken) =>
        EmailTemplate.IsValidName(name) && await store.Get(ResourceKind.CustomVerificationTemplate, name, cancellationToken) is { } stored
            ? Parse(stored) : null;

    public ValueTask<ResourceCreation> Create(
        CustomVerificationTemplate template, IReadOnlyList<ResourceTag> tags, CancellationToken cancellationToken) => store.Create(
            new NewResource(
                ResourceKind.CustomVerificationTemplate, template.Name, ArnOf(template.Name), Document(template), time.GetUtcNow(), tags,
                CustomVerificationTemplate.MaxTemplates),
            cancellationToken);

    public async ValueTask<ResourceChange> Replace(CustomVerificationTemplate template, CancellationToken cancellationToken)
    {
        for (var attempt = 0; attempt < MaxWriteAttempts; attempt++)
        {
            if (await store.Get(ResourceKind.CustomVerificationTemplate, template.Name, cancellationToken) is not { } current)
                return ResourceChange.NotFound;
            if (await store.Replace(ResourceKind.CustomVerificationTemplate, template.Name, Document(template), current.Version, cancellationToken))
                return ResourceChange.Done;
        }

        return ResourceChange.Contended;
    }

    public ValueTask<ResourceDeletion> Delete(string name, CancellationToken cancellationToken) =>
        store.Delete(ResourceKind.CustomVerificationTemplate, name, ArnOf(name), cancellationToken);

    public async ValueTask<Page<CustomVerificationTemplate>> List(string? afterName, int pageSize, CancellationToken cancellationToken)
    {
        var page = await store.List(ResourceKind.CustomVerificationTemplate, afterName, null, pageSize, cancellationToken);
        return new([.. page.Items.Select(Parse)], page.Next);
    }

    /// <summary>What the tags of a template are kept under.</summary>
    public string ArnOf(string name) => arns.Of("custom-verification-email-template", name);

    private static CustomVerificationTemplate Parse(StoredResource stored) =>
        JsonSerializer.Deserialize(stored.Document.Span, TemplateJson.Default.CustomVerificationTemplate)
        ?? throw new StorageException("A stored template holds no document.");

    private static byte[] Document(CustomVerificationTemplate template) =>
        JsonSerializer.SerializeToUtf8Bytes(template, TemplateJson.Default.CustomVerificationTemplate);
}
