using System.Text.Json.Nodes;

namespace Silo.Server.Importing;

/// <summary>E-mail templates, or templates of custom verification mails: the two are read and written alike.</summary>
internal sealed class TemplateImport : IImportKind
{
    private readonly string _path;
    private readonly string _listMember;
    private readonly string[] _members;

    private readonly int _pageSize;

    private TemplateImport(string name, string path, string listMember, string[] members, int pageSize) =>
        (Name, _path, _listMember, _members, _pageSize) = (name, path, listMember, members, pageSize);

    public static TemplateImport Emails { get; } = new("templates", "templates", "TemplatesMetadata", ["TemplateContent"], 100);

    public static TemplateImport CustomVerification { get; } = new(
        "custom-verification-templates", "custom-verification-email-templates", "CustomVerificationEmailTemplates",
        ["FromEmailAddress", "TemplateSubject", "TemplateContent", "SuccessRedirectionURL", "FailureRedirectionURL"], 50);

    public string Name { get; }

    public async Task<IReadOnlyList<ImportItem>> Plan(ImportContext context, CancellationToken cancellationToken)
    {
        if (await context.Source.List(ApiCall.Get(_path) with { PageSize = _pageSize }, _listMember, cancellationToken) is not { } listed)
            return [new ImportItem(Name, "*", ImportAction.Leave, []) { Notes = ["The source has no such operation."] }];
        var items = new List<ImportItem>();
        foreach (var name in listed.Select(t => (string)t["TemplateName"]!))
        {
            var call = ApiCall.Get(_path + "/{0}", name);
            if (await context.Source.Find(call, cancellationToken) is not { } here) continue;
            items.Add(Compare(name, here, await context.Target.Find(call, cancellationToken)));
        }

        return items;
    }

    private ImportItem Compare(string name, JsonObject here, JsonObject? there)
    {
        var (wanted, present) = (Take(here), there is null ? null : Take(there));
        if (present is not null && JsonShape.AreSame(wanted, present)) return new ImportItem(Name, name, ImportAction.Same, []);
        if (present is not null) return new ImportItem(Name, name, ImportAction.Change, [ApiCall.Put(_path + "/{0}", wanted, name)]);
        wanted["TemplateName"] = name;
        if (here["Tags"] is JsonArray { Count: > 0 } tags) wanted["Tags"] = tags.DeepClone();
        return new ImportItem(Name, name, ImportAction.Create, [ApiCall.Post(_path, wanted)]);
    }

    private JsonObject Take(JsonObject template) => new(_members.Where(m => template[m] is not null)
        .Select(m => new KeyValuePair<string, JsonNode?>(m, template[m]!.DeepClone())));
}
