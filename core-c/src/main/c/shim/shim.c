/* SPDX-License-Identifier: Apache-2.0 */
/*
 * liblamella-core.so: the Java core for C programs.
 *
 * The first call finds a Java runtime, starts it in this process (or joins the one that runs already), and asks the class CoreLibrary for
 * three functions; everything after that goes through them and through the table that they give, with no more work here. The runtime
 * stays until the process ends.
 *
 * Where the runtime is looked for, the first that is there:
 *   LAMELLA_JAVA_HOME              a Java 25 or newer, or an image that has Lamella in it
 *   LAMELLA_HOME                   an image that has Lamella in it, as the Debian package installs
 *   beside this library            lib/ of such an image
 *   JAVA_HOME
 * Where Lamella's classes are looked for:
 *   LAMELLA_CLASS_PATH             a class path
 *   LAMELLA_MODULE_PATH            a folder of jars
 *   ../lib from this library       the folder of jars that a build makes
 *   the runtime itself             if it is an image
 * LAMELLA_JAVA_OPTIONS adds options, separated by spaces.
 */
#define _GNU_SOURCE
#include "lamella_core.h"

#include <dlfcn.h>
#include <glob.h>
#include <jni.h>
#include <limits.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MAX_OPTIONS 32
#define STACK_BYTES (8u << 20)

/* What CoreLibrary.exports() gives. */
struct exports {
    lamella_core_table_function core_table;
    int32_t (*platform_open)(const char *spec, const struct lamella_platform **out, struct lamella_error *error);
    int32_t (*platform_close)(const struct lamella_platform *platform, struct lamella_error *error);
};

typedef jint (*create_function)(JavaVM **vm, void **env, void *args);
typedef jint (*created_function)(JavaVM **vms, jsize capacity, jsize *count);

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static const struct exports *exports; /* under the lock, like the refusal */
static char refusal[LAMELLA_SENTENCE_BYTES];

static int32_t refuse(int32_t code, const char *format, ...) __attribute__((format(printf, 2, 3)));

static int32_t refuse(int32_t code, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(refusal, sizeof(refusal), format, arguments);
    va_end(arguments);
    return code;
}

/* The folder that this library is in. */
static int own_folder(char *out, size_t size)
{
    Dl_info info;
    char path[PATH_MAX];
    char *slash;

    if (!dladdr((void *)&lock, &info) || !info.dli_fname || !realpath(info.dli_fname, path))
        return 0;
    slash = strrchr(path, '/');
    if (!slash)
        return 0;
    *slash = 0;
    return (size_t)snprintf(out, size, "%s", path) < size;
}

static int exists(const char *format, const char *folder, char *out, size_t size)
{
    return (size_t)snprintf(out, size, format, folder) < size && access(out, R_OK) == 0;
}

static int find_runtime(char *out, size_t size)
{
    static const char *const variables[] = { "LAMELLA_JAVA_HOME", "LAMELLA_HOME", "JAVA_HOME" };
    char folder[PATH_MAX];
    size_t i;

    for (i = 0; i < sizeof(variables) / sizeof(variables[0]); i++) {
        const char *home = getenv(variables[i]);

        if (i == 2 && own_folder(folder, sizeof(folder)) && exists("%s/server/libjvm.so", folder, out, size))
            return 1;
        if (home && *home && exists("%s/lib/server/libjvm.so", home, out, size))
            return 1;
    }
    return 0;
}

/* A folder of jars with Lamella among them. */
static int find_jars(char *out, size_t size)
{
    char folder[PATH_MAX];
    char pattern[PATH_MAX];
    glob_t found;
    int there;

    if (!own_folder(folder, sizeof(folder)) || !exists("%s/../lib", folder, out, size))
        return 0;
    if ((size_t)snprintf(pattern, sizeof(pattern), "%s/lamella-core-c-*.jar", out) >= sizeof(pattern))
        return 0;
    there = glob(pattern, 0, NULL, &found) == 0;
    globfree(&found);
    return there;
}

struct options {
    JavaVMOption list[MAX_OPTIONS];
    int count;
    char text[4 * PATH_MAX + 8192];
    size_t used;
};

static int add(struct options *options, const char *name, const char *value)
{
    size_t left = sizeof(options->text) - options->used;
    int length = snprintf(options->text + options->used, left, "%s%s", name, value);

    if (options->count == MAX_OPTIONS || length < 0 || (size_t)length >= left)
        return 0;
    options->list[options->count].optionString = options->text + options->used;
    options->list[options->count].extraInfo = NULL;
    options->count++;
    options->used += (size_t)length + 1;
    return 1;
}

static int add_all(struct options *options)
{
    const char *class_path = getenv("LAMELLA_CLASS_PATH");
    const char *module_path = getenv("LAMELLA_MODULE_PATH");
    const char *more = getenv("LAMELLA_JAVA_OPTIONS");
    char jars[PATH_MAX];
    char words[4096];
    char *word;
    char *rest = words;
    /* Signals are the program's own business. */
    int fits = add(options, "-Xrs", "") && add(options, "-XX:+UseSerialGC", "") && add(options, "-Xmx1g", "");

    if (class_path && *class_path) {
        fits = fits && add(options, "-Djava.class.path=", class_path) && add(options, "--enable-native-access=ALL-UNNAMED", "");
    } else {
        if (module_path && *module_path)
            fits = fits && add(options, "--module-path=", module_path);
        else if (find_jars(jars, sizeof(jars)))
            fits = fits && add(options, "--module-path=", jars);
        fits = fits && add(options, "--add-modules=io.lamella.core.c,io.lamella.host", "")
               && add(options, "--enable-native-access=io.lamella.linux,io.lamella.core.c", "");
    }
    if (more) {
        if (strlen(more) >= sizeof(words))
            return 0;
        strcpy(words, more);
        while ((word = strtok_r(rest, " ", &rest)))
            fits = fits && add(options, word, "");
    }
    return fits;
}

/* The sentence of what Java threw, as the refusal. */
static int32_t thrown(JNIEnv *env, const char *doing)
{
    jthrowable failure = (*env)->ExceptionOccurred(env);
    const char *text = NULL;
    jstring string = NULL;

    (*env)->ExceptionClear(env);
    if (failure) {
        jclass type = (*env)->GetObjectClass(env, failure);
        jmethodID method = (*env)->GetMethodID(env, type, "toString", "()Ljava/lang/String;");

        string = method ? (jstring)(*env)->CallObjectMethod(env, failure, method) : NULL;
        (*env)->ExceptionClear(env);
        text = string ? (*env)->GetStringUTFChars(env, string, NULL) : NULL;
    }
    refuse(LAMELLA_NOT_FOUND, "%s failed: %.380s", doing, text ? text : "Java gave no reason.");
    if (text)
        (*env)->ReleaseStringUTFChars(env, string, text);
    return LAMELLA_NOT_FOUND;
}

static int32_t ask(JNIEnv *env)
{
    jclass type = (*env)->FindClass(env, "io/lamella/core/c/CoreLibrary");
    jmethodID method;
    jlong address;

    if (!type)
        return thrown(env, "Finding Lamella's classes (LAMELLA_HOME, LAMELLA_MODULE_PATH or LAMELLA_CLASS_PATH says where they are)");
    method = (*env)->GetStaticMethodID(env, type, "exports", "()J");
    if (!method)
        return thrown(env, "Lamella's classes are of another version than this library: finding CoreLibrary.exports");
    address = (*env)->CallStaticLongMethod(env, type, method);
    if ((*env)->ExceptionCheck(env) || !address)
        return thrown(env, "Starting the Java core");
    exports = (const struct exports *)(uintptr_t)address;
    return LAMELLA_OK;
}

static int32_t join(JavaVM *vm)
{
    JNIEnv *env = NULL;
    int32_t code;

    if ((*vm)->AttachCurrentThreadAsDaemon(vm, (void **)&env, NULL) != JNI_OK)
        return refuse(LAMELLA_DEVICE_FAULT, "The Java runtime of this process lets no thread in.");
    code = ask(env);
    (*vm)->DetachCurrentThread(vm);
    return code;
}

static int32_t start(void)
{
    struct options options = { .count = 0 };
    JavaVMInitArgs arguments = { .version = JNI_VERSION_10, .ignoreUnrecognized = JNI_FALSE };
    created_function created = (created_function)dlsym(RTLD_DEFAULT, "JNI_GetCreatedJavaVMs");
    create_function create;
    char path[PATH_MAX];
    JavaVM *vm = NULL;
    JNIEnv *env = NULL;
    jsize count = 0;
    void *library;
    int32_t code;
    jint result;

    if (created && created(&vm, 1, &count) == JNI_OK && count > 0)
        return join(vm);
    if (!find_runtime(path, sizeof(path)))
        return refuse(LAMELLA_NOT_FOUND,
                      "There is no Java runtime (lib/server/libjvm.so) in LAMELLA_JAVA_HOME, LAMELLA_HOME, beside "
                      "liblamella-core.so or in JAVA_HOME; set one of them to a Java 25 or to Lamella's image.");
    library = dlopen(path, RTLD_NOW | RTLD_GLOBAL);
    if (!library)
        return refuse(LAMELLA_NOT_FOUND, "The Java runtime cannot be loaded: %.400s", dlerror());
    created = (created_function)dlsym(library, "JNI_GetCreatedJavaVMs");
    if (created && created(&vm, 1, &count) == JNI_OK && count > 0)
        return join(vm);
    create = (create_function)dlsym(library, "JNI_CreateJavaVM");
    if (!create)
        return refuse(LAMELLA_NOT_FOUND, "%.400s is no Java runtime.", path);
    if (!add_all(&options))
        return refuse(LAMELLA_INVALID, "The options for the Java runtime are too long or too many.");
    arguments.options = options.list;
    arguments.nOptions = options.count;
    result = create(&vm, (void **)&env, &arguments);
    if (result != JNI_OK)
        return refuse(LAMELLA_NOT_FOUND,
                      "The Java runtime %.300s does not start (%d); its own message is on the standard error.", path, (int)result);
    code = ask(env);
    (*vm)->DetachCurrentThread(vm);
    return code;
}

static void *start_thread(void *result)
{
    *(int32_t *)result = start();
    return NULL;
}

/*
 * Under the lock. On a thread of its own: it has the stack that Java wants, no Java frames above it that would decide where classes are
 * looked for, and need not stay.
 */
static int32_t start_once(void)
{
    pthread_attr_t attributes;
    pthread_t thread;
    int32_t code = LAMELLA_DEVICE_FAULT;
    int made;

    if (exports)
        return LAMELLA_OK;
    if (pthread_attr_init(&attributes) != 0)
        return refuse(LAMELLA_NO_SPACE, "There is no memory for a thread.");
    pthread_attr_setstacksize(&attributes, STACK_BYTES);
    made = pthread_create(&thread, &attributes, start_thread, &code) == 0;
    pthread_attr_destroy(&attributes);
    if (!made)
        return refuse(LAMELLA_NO_SPACE, "There is no thread to start the Java runtime on.");
    pthread_join(thread, NULL);
    return code;
}

static int32_t started(const struct exports **out)
{
    int32_t code;

    pthread_mutex_lock(&lock);
    code = start_once();
    *out = exports;
    pthread_mutex_unlock(&lock);
    return code;
}

int32_t lamella_core_table(uint32_t wanted_major, uint32_t wanted_minor, const struct lamella_core_ops **out)
{
    const struct exports *functions;
    int32_t code;

    if (!out)
        return LAMELLA_INVALID;
    /* Before a runtime is started for nothing. */
    if (wanted_major != LAMELLA_CORE_MAJOR || wanted_minor > LAMELLA_CORE_MINOR) {
        pthread_mutex_lock(&lock);
        code = refuse(LAMELLA_NOT_SUPPORTED, "Version %u.%u of the core's interface is wanted; this core speaks %u.0 to %u.%u.",
                      (unsigned)wanted_major, (unsigned)wanted_minor, LAMELLA_CORE_MAJOR, LAMELLA_CORE_MAJOR, LAMELLA_CORE_MINOR);
        pthread_mutex_unlock(&lock);
        return code;
    }
    code = started(&functions);
    return code ? code : functions->core_table(wanted_major, wanted_minor, out);
}

int32_t lamella_core_refusal(char *out, uint64_t capacity, uint64_t *size)
{
    size_t length;

    if (!size || (capacity && !out))
        return LAMELLA_INVALID;
    pthread_mutex_lock(&lock);
    length = strlen(refusal);
    if (capacity) {
        size_t part = length < capacity ? length : (size_t)capacity - 1;

        while (part < length && part > 0 && ((unsigned char)refusal[part] & 0xc0) == 0x80)
            part--;
        memcpy(out, refusal, part);
        out[part] = 0;
    }
    *size = length;
    pthread_mutex_unlock(&lock);
    return LAMELLA_OK;
}

static int32_t not_started(int32_t code, struct lamella_error *error)
{
    uint64_t size;

    if (error) {
        error->code = code;
        error->rm_status = 0;
        lamella_core_refusal(error->sentence, sizeof(error->sentence), &size);
    }
    return code;
}

int32_t lamella_platform_open(const char *spec, const struct lamella_platform **out, struct lamella_error *error)
{
    const struct exports *functions;
    int32_t code = started(&functions);

    return code ? not_started(code, error) : functions->platform_open(spec, out, error);
}

int32_t lamella_platform_close(const struct lamella_platform *platform, struct lamella_error *error)
{
    const struct exports *functions;
    int32_t code = started(&functions);

    return code ? not_started(code, error) : functions->platform_close(platform, error);
}
