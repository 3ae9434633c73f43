namespace Silo.Server.Importing;

/// <summary>Contact lists are told and left: SES gives out contacts one call each, and exports them as a file that an import job takes.</summary>
internal sealed class ContactListImport : IImportKind
{
    public string Name => "contact-lists";

    public async Task<IReadOnlyList<ImportItem>> Plan(ImportContext context, CancellationToken cancellationToken)
    {
        var lists = await context.Source.List(ApiCall.Get("contact-lists"), "ContactLists", cancellationToken) ?? [];
        return [.. lists.Select(l => new ImportItem(Name, (string)l["ContactListName"]!, ImportAction.Leave, [])
        {
            Notes = ["Create it with its topics, and take its contacts over from a file by an import job."],
        })];
    }
}
