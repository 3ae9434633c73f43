using System.Text;
using System.Text.Json;
using Silo.LoadTest.Marks;
using Silo.LoadTest.Traffic;

namespace Silo.LoadTest.Doors;

/// <summary>Messages of a flow as requests of SendEmail: all that is the same in each was made before.</summary>
internal sealed class SesContent
{
    private readonly FlowPlan _flow;
    private readonly byte[] _options;
    private readonly (byte[] Before, byte[] After)[] _kinds;

    public SesContent(FlowPlan flow)
    {
        _flow = flow;
        var tags = flow.Tag is var (name, value) ? $$""","EmailTags":[{"Name":{{Json(name)}},"Value":{{Json(value)}}}]""" : "";
        _options = Encoding.UTF8.GetBytes(
            $$"""
            ","ConfigurationSetName":{{Json(flow.ConfigurationSet)}}{{tags}},"FromEmailAddress":"News <news@t
            """);
        _kinds = [.. flow.Kinds.Select(Kind)];
    }

    public void Write(ByteWriter to, in LoadMessage message)
    {
        to.Add("{\"TenantName\":\""u8).Add(message.Tenant.Name).Add(_options).Add(message.Tenant.Number).Add("."u8).Add(_flow.SenderDomain)
            .Add(">\",\"Destination\":{\"ToAddresses\":[\""u8).Add(message.Recipient).Add("\"]},"u8)
            .Add(_kinds[message.Kind].Before).Add(message.Mark).Add(_kinds[message.Kind].After);
    }

    private static (byte[] Before, byte[] After) Kind(MessageKind kind)
    {
        var attachments = kind.AttachmentBytes == 0 ? "" : $$"""
            ,"Attachments":[{"FileName":"load.bin","RawContent":"{{LoadText.Attachment(kind.AttachmentBytes, inLines: false)}}"}]
            """;
        var text = Json(LoadText.Of(kind.Bytes, "\n"));
        var (name, content) = kind.Template is { } template
            ? ("Template", $$"""
                "TemplateName":{{Json(template)}},"TemplateData":{{Json($$"""{"name":"Ann","text":{{text}}}""")}}
                """)
            : ("Simple", $$$"""
                "Subject":{"Data":"News of today"},"Body":{"Text":{"Data":{{{text}}}}}
                """);
        return (
            Encoding.UTF8.GetBytes($$"""
                "Content":{"{{name}}":{{{content}}{{attachments}},"Headers":[{"Name":"{{LoadMark.Header}}","Value":"
                """),
            Encoding.UTF8.GetBytes("\"}]}}}"));
    }

    private static string Json(string text) => JsonSerializer.Serialize(text);
}
