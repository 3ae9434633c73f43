using System.Text;
using System.Xml.Linq;
using Microsoft.AspNetCore.DataProtection.Repositories;
using Silo.Storage;

namespace Silo.Server.Access;

/// <summary>
/// A key ring in the store, the same for all silos of it. It is asked for once in a day by code that cannot wait without holding its thread.
/// </summary>
internal sealed class KeyRingDocuments(IResourceStore store, TimeProvider time) : IXmlRepository
{
    private const string Prefix = "~ring:";
    private const int PageSize = 100;

    public IReadOnlyCollection<XElement> GetAllElements() => Task.Run(ReadAll).GetAwaiter().GetResult();

    public void StoreElement(XElement element, string friendlyName) => Task.Run(async () =>
    {
        var name = Prefix + friendlyName;
        var document = Encoding.UTF8.GetBytes(element.ToString(SaveOptions.DisableFormatting));
        var resource = new NewResource(ResourceKind.Credential, name, name, document, time.GetUtcNow(), [], int.MaxValue);
        await store.Create(resource, CancellationToken.None);
    }).GetAwaiter().GetResult();

    private async Task<IReadOnlyCollection<XElement>> ReadAll()
    {
        var elements = new List<XElement>();
        for (string? after = Prefix; after is not null;)
        {
            var page = await store.List(ResourceKind.Credential, after, null, PageSize, CancellationToken.None);
            var own = page.Items.TakeWhile(r => r.Name.StartsWith(Prefix, StringComparison.Ordinal)).ToList();
            elements.AddRange(own.Select(r => XElement.Parse(Encoding.UTF8.GetString(r.Document.Span))));
            after = own.Count == page.Items.Count ? page.Next : null;
        }

        return elements;
    }
}
