using System.Text.Json.Nodes;

namespace Silo.Server.Importing;

/// <summary>
/// Identities with their configuration set, MAIL FROM domain, forwarding, policies and tags. Private keys of DKIM do not leave SES and
/// verification is each account's own: the notes say what is to be published.
/// </summary>
internal sealed class IdentityImport : IImportKind
{
    public string Name => "identities";

    public async Task<IReadOnlyList<ImportItem>> Plan(ImportContext context, CancellationToken cancellationToken)
    {
        var listed = await context.Source.List(ApiCall.Post("list-identities", []), "EmailIdentities", cancellationToken) ?? [];
        var items = new List<ImportItem>();
        foreach (var name in listed.Select(i => (string)i["IdentityName"]!))
        {
            var call = ApiCall.Get("identities/{0}", name);
            if (await context.Source.Find(call, cancellationToken) is not { } here) continue;
            items.Add(await Compare(context, name, here, await context.Target.Find(call, cancellationToken), cancellationToken));
        }

        return items;
    }

    private async Task<ImportItem> Compare(
        ImportContext context, string name, JsonObject here, JsonObject? there, CancellationToken cancellationToken)
    {
        var (calls, notes) = (new List<ApiCall>(), new List<string>());
        if (there is null)
        {
            var body = new JsonObject { ["EmailIdentity"] = name };
            if (here["Tags"] is JsonArray { Count: > 0 } tags) body["Tags"] = tags.DeepClone();
            if ((string?)here["ConfigurationSetName"] is { } set) body["ConfigurationSetName"] = set;
            calls.Add(ApiCall.Post("identities", body));
            notes.AddRange(ToPublish(name, here));
        }
        else
        {
            if (JsonShape.MissingTags(here["Tags"], there["Tags"]) is { } missing)
            {
                notes.Add("Tags");
                calls.Add(await Tagging.Call(context, $"identity/{name}", missing, cancellationToken));
            }

            if ((string?)here["ConfigurationSetName"] != (string?)there["ConfigurationSetName"])
            {
                notes.Add("ConfigurationSetName");
                calls.Add(ApiCall.Put(
                    "identities/{0}/configuration-set", new JsonObject { ["ConfigurationSetName"] = (string?)here["ConfigurationSetName"] }, name));
            }
        }

        if (JsonShape.Settings(here["MailFromAttributes"]) is { } mailFrom
            && !JsonNode.DeepEquals(mailFrom, JsonShape.Settings(there?["MailFromAttributes"])))
        {
            notes.Add("MailFromAttributes; its MX and SPF records are to name this server");
            calls.Add(ApiCall.Put("identities/{0}/mail-from", (JsonObject)mailFrom.DeepClone(), name));
        }

        var forwards = (bool?)here["FeedbackForwardingStatus"] ?? true;
        if (forwards != ((bool?)there?["FeedbackForwardingStatus"] ?? true))
        {
            notes.Add("FeedbackForwardingStatus");
            calls.Add(ApiCall.Put("identities/{0}/feedback", new JsonObject { ["EmailForwardingEnabled"] = forwards }, name));
        }

        await ComparePolicies(
            context, name, here["Policies"] as JsonObject ?? [], there?["Policies"] as JsonObject ?? [], calls, notes, cancellationToken);
        return new ImportItem(Name, name, there is null ? ImportAction.Create : calls.Count > 0 ? ImportAction.Change : ImportAction.Same, calls)
        {
            Notes = notes,
        };
    }

    private static IEnumerable<string> ToPublish(string name, JsonObject here)
    {
        if (name.Contains('@', StringComparison.Ordinal)) return ["It has to be verified anew."];
        return (string?)here["DkimAttributes"]?["SigningAttributesOrigin"] == "EXTERNAL"
            ? ["Its DKIM key is one of yours: give it to the target with PutEmailIdentityDkimSigningAttributes. The record stays as it is."]
            : ["SES keeps its DKIM keys: publish the records that GetEmailIdentity of the target tells, beside those of SES."];
    }

    private static async Task ComparePolicies(
        ImportContext context, string name, JsonObject here, JsonObject there, List<ApiCall> calls, List<string> notes,
        CancellationToken cancellationToken)
    {
        foreach (var (policy, text) in here)
        {
            // Policies name the identity by its ARN, which is another one in the target's account.
            var wanted = ((string?)text ?? "").Replace(
                $":{AccountIn(text)}:identity/", $":{await context.AccountThere(cancellationToken)}:identity/", StringComparison.Ordinal);
            if (there[policy] is not null && JsonNode.DeepEquals(Parse(wanted), Parse((string?)there[policy]))) continue;
            notes.Add($"policy {policy}; its principals are of AWS and mean nothing here until they are named anew");
            var body = new JsonObject { ["Policy"] = wanted };
            calls.Add(there[policy] is null
                ? ApiCall.Post("identities/{0}/policies/{1}", body, name, policy)
                : ApiCall.Put("identities/{0}/policies/{1}", body, name, policy));
        }
    }

    private static string AccountIn(JsonNode? policy)
    {
        var text = (string?)policy ?? "";
        var at = text.IndexOf(":identity/", StringComparison.Ordinal);
        return at < 12 ? "-" : text[(at - 12)..at];
    }

    private static JsonNode? Parse(string? policy)
    {
        try
        {
            return policy is null ? null : JsonNode.Parse(policy);
        }
        catch (System.Text.Json.JsonException)
        {
            return policy;
        }
    }
}
