namespace Silo.Server.Importing;

/// <summary>
/// One import: each kind is read, compared and, if that is wanted, written before the next one. All it knows is what the two accounts say, so
/// one that broke off is gone on with by running it again.
/// </summary>
internal sealed class ImportRun(ImportContext context, ImportOptions options, Action<string> tell)
{
    /// <summary>In the order in which they need each other.</summary>
    public static IReadOnlyList<IImportKind> Kinds { get; } =
    [
        // A tenant's ARN is what tells the target's account number, which policies of identities and tags need.
        new AccountImport(), new TenantImport(), new ConfigurationSetImport(), new EventDestinationImport(), new IdentityImport(),
        TemplateImport.Emails, TemplateImport.CustomVerification, new ContactListImport(), new AssociationImport(), new TenantStatusImport(),
        new SuppressionImport(),
    ];

    /// <exception cref="ImportException">A side cannot be read; what was applied until then stays.</exception>
    public async Task<IReadOnlyList<ImportItem>> Run(CancellationToken cancellationToken)
    {
        var items = new List<ImportItem>();
        foreach (var kind in Kinds.Where(k => options.Only.Count == 0 || options.Only.Contains(k.Name, StringComparer.Ordinal)))
        {
            tell($"{kind.Name} …");
            foreach (var item in await kind.Plan(context, cancellationToken))
                items.Add(options.Apply ? await Apply(item, cancellationToken) : item);
        }

        return items;
    }

    private async Task<ImportItem> Apply(ImportItem item, CancellationToken cancellationToken)
    {
        var refusals = new List<string>();
        foreach (var call in item.Calls)
        {
            if (await context.Target.Change(call, cancellationToken) is not { } refusal) continue;
            if (!refusals.Contains(refusal) && refusals.Count < 10) refusals.Add(refusal);
        }

        return item with { Refusals = refusals };
    }
}
