using System.Collections;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using HandlebarsDotNet;
using HandlebarsDotNet.Compiler;
using HandlebarsDotNet.Iterators;
using HandlebarsDotNet.MemberAccessors;
using HandlebarsDotNet.ObjectDescriptors;
using HandlebarsDotNet.PathStructure;
using HandlebarsDotNet.ValueProviders;

namespace Silo.Server.Templates;

/// <summary>Tells Handlebars.Net what members values have. It answers for every type, so that reflection is never asked.</summary>
internal sealed class TemplateMembers : IObjectDescriptorProvider, IMemberAccessor
{
    private readonly ObjectDescriptor _all;

    public TemplateMembers() =>
        _all = new ObjectDescriptor(typeof(object), this, static (_, value) => NamesOf(value), static _ => new TemplateLoop());

    public bool TryGetDescriptor(Type type, [NotNullWhen(true)] out ObjectDescriptor? value)
    {
        value = _all;
        return true;
    }

    /// <summary>Always true: what is absent is a value too, which knows how it was called.</summary>
    public bool TryGetValue(object instance, ChainSegment memberName, out object? value)
    {
        value = Of(instance, memberName.TrimmedValue);
        return true;
    }

    public static object Of(object? instance, string name)
    {
        switch (instance)
        {
            case TemplateObject members:
                members.Run.Step(1);
                return members.Members.TryGetValue(name, out var member) ? member : new TemplateMissing(members.Path, name);
            case TemplateList list:
                list.Run.Step(1);
                if (name == "length") return list.Items.Count;
                return name.Length is > 0 and < 7 && int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out var index)
                    && index < list.Items.Count ? list.Items[index] : new TemplateMissing(list.Path, name);
            case TemplateNo { Path: var path }:
                return new TemplateMissing(path, name);
            default:
                return new TemplateMissing("", name);
        }
    }

    private static IEnumerable NamesOf(object value) => value is TemplateObject members ? members.Members.Keys : Array.Empty<string>();
}

/// <summary>Goes through lists and objects as Handlebars.Net does, but pays for each turn.</summary>
internal sealed class TemplateLoop : IIterator
{
    public void Iterate(
        in EncodedTextWriter writer, BindingContext context, ChainSegment[] blockParamsVariables, object input, TemplateDelegate template,
        TemplateDelegate ifEmpty)
    {
        var (members, items) = (input as TemplateObject, input as TemplateList);
        var count = members?.Members.Count ?? items?.Items.Count ?? 0;
        if (count == 0)
        {
            using var same = context.CreateFrame(context.Value);
            ifEmpty(writer, same);
            return;
        }

        using var frame = context.CreateFrame();
        var turn = new IteratorValues(frame);
        var named = new BlockParamsValues(frame, blockParamsVariables);
        named.CreateProperty(0, out var first);
        named.CreateProperty(1, out var second);
        for (var i = 0; i < count; i++)
        {
            (members?.Run ?? items!.Run).Enter();
            object index = i;
            var (key, value) = members is null ? (index, items!.Items[i]) : (members.Members.GetAt(i).Key, members.Members.GetAt(i).Value);
            (turn.Index, turn.Key, turn.Value) = (index, key, value);
            (turn.First, turn.Last) = (i == 0, i == count - 1);
            named[first] = value;
            named[second] = key;
            frame.Value = value;
            template(writer, frame);
        }
    }
}
