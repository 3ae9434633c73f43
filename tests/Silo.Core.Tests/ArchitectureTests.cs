using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;
using Silo.Core.Limits;
using Xunit;

namespace Silo.Core.Tests;

public class ArchitectureTests
{
    private static readonly string[] AllowedAssemblies =
    [
        "System.Collections", "System.Collections.Immutable", "System.Linq", "System.Memory", "System.Runtime",
        // Events, states and reply rules have a stored form; messages have character sets.
        "System.Text.Encoding.CodePages", "System.Text.Encoding.Extensions", "System.Text.Encodings.Web", "System.Text.Json",
        "System.Text.RegularExpressions",
        // Signatures are functions of a key and bytes.
        "System.Security.Cryptography",
    ];

    // The runtime's one assembly holds files, tasks and threads as well, so the types are looked at, too.
    private static readonly string[] AllowedNamespaces =
    [
        "System", "System.Buffers", "System.Buffers.Binary", "System.Buffers.Text", "System.Collections", "System.Collections.Frozen",
        "System.Collections.Generic", "System.Collections.Immutable", "System.Collections.ObjectModel", "System.Diagnostics",
        "System.Diagnostics.CodeAnalysis", "System.Globalization", "System.Linq", "System.Numerics", "System.Reflection",
        "System.Runtime.CompilerServices", "System.Runtime.InteropServices", "System.Runtime.Versioning", "System.Text",
        "System.Text.Encodings.Web", "System.Text.Json", "System.Text.Json.Serialization", "System.Text.Json.Serialization.Metadata",
        "System.Text.RegularExpressions", "Microsoft.CodeAnalysis",
    ];

    // The stream is the one of an embedded resource, the reader is given by whoever has the text. Of cryptography nothing that makes keys or random numbers.
    private static readonly string[] AllowedTypes =
    [
        "System.IO.InvalidDataException", "System.IO.Stream", "System.IO.TextReader", "System.Net.WebUtility", "System.CodeDom.Compiler.GeneratedCodeAttribute",
        "System.Security.Cryptography.IncrementalHash", "System.Security.Cryptography.SHA256", "System.Security.Cryptography.HashAlgorithmName",
        "System.Security.Cryptography.RSA", "System.Security.Cryptography.RSASignaturePadding",
        "System.Security.Cryptography.AsymmetricAlgorithm", "System.Security.Cryptography.CryptographicException",
    ];

    private static readonly string[] ForbiddenTypes = ["System.Random", "System.Console", "System.TimeProvider"];

    [Fact]
    public void The_core_references_nothing_that_reaches_out_of_the_process()
    {
        var references = typeof(TokenBucket).Assembly.GetReferencedAssemblies().Select(reference => reference.Name!);

        Assert.Empty(references.Except(AllowedAssemblies));
    }

    [Fact]
    public void The_core_uses_no_files_threads_tasks_clocks_or_randomness()
    {
        using var file = File.OpenRead(typeof(TokenBucket).Assembly.Location);
        using var executable = new PEReader(file);
        var metadata = executable.GetMetadataReader();
        var foreign = metadata.TypeReferences.Select(metadata.GetTypeReference)
            .Where(type => !type.Namespace.IsNil)
            .Select(type => (Namespace: metadata.GetString(type.Namespace), Name: metadata.GetString(type.Name)))
            .Where(type => !AllowedNamespaces.Contains(type.Namespace) || ForbiddenTypes.Contains($"{type.Namespace}.{type.Name}"))
            .Select(type => $"{type.Namespace}.{type.Name}");

        Assert.Empty(foreign.Except(AllowedTypes));
        // Iterators that the compiler makes ask for the thread they began on; nothing else may ask the environment.
        Assert.Empty(MembersOf(metadata, "System.Environment").Except(["get_CurrentManagedThreadId"]));
    }

    private static IEnumerable<string> MembersOf(MetadataReader metadata, string typeName) =>
        from handle in metadata.MemberReferences
        let member = metadata.GetMemberReference(handle)
        where member.Parent.Kind == HandleKind.TypeReference
        let type = metadata.GetTypeReference((TypeReferenceHandle)member.Parent)
        where $"{metadata.GetString(type.Namespace)}.{metadata.GetString(type.Name)}" == typeName
        select metadata.GetString(member.Name);
}
