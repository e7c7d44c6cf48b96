# One target per module. A module sees the public headers of the modules that it names, and no others:
# each module's folder below include/viltree is linked alone into a folder of the build tree, and only that
# folder is on the include path of those who depend on it.

find_program(VILTREE_CCACHE ccache)
if(VILTREE_CCACHE)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${VILTREE_CCACHE})
endif()

add_library(viltree_options INTERFACE)
target_compile_options(viltree_options INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Woverloaded-virtual -Wold-style-cast -Werror
  $<$<CXX_COMPILER_ID:Clang>:-Wthread-safety>
  # g++ 12 raises false alarms on std::string and std::optional when it optimises.
  "$<$<CXX_COMPILER_ID:GNU>:-Wno-restrict;-Wno-maybe-uninitialized>")
target_compile_definitions(viltree_options INTERFACE
  BOOST_ASIO_SEPARATE_COMPILATION BOOST_BEAST_SEPARATE_COMPILATION BOOST_ASIO_NO_DEPRECATED)

# What CI builds under clang, and under the sanitizers.
add_custom_target(libraries)
add_custom_target(unit_tests)

# viltree_module(NAME SOURCES file... [ROWS file-or-folder...] [USES module...] [LINKS target...])
#   ROWS   sources each of which is a row of one of the module's tables, such as a strategy. Presets that compile
#          several sources together leave these alone, so that a new row may use the names that its neighbours use.
#          Of a folder all sources are built: a new row there is not named anywhere else but in its table.
#   USES   modules whose public headers this one includes
#   LINKS  third-party targets, private to this module
function(viltree_module NAME)
  cmake_parse_arguments(ARG "" "" "SOURCES;ROWS;USES;LINKS" ${ARGN})
  set(rows ${ARG_ROWS})
  list(FILTER rows INCLUDE REGEX "\\.cpp$")
  list(FILTER ARG_ROWS EXCLUDE REGEX "\\.cpp$")
  foreach(folder IN LISTS ARG_ROWS)
    file(GLOB sources CONFIGURE_DEPENDS ${folder}/*.cpp)
    list(APPEND rows ${sources})
  endforeach()
  set_source_files_properties(${rows} PROPERTIES SKIP_UNITY_BUILD_INCLUSION ON)
  add_library(viltree_${NAME} STATIC ${ARG_SOURCES} ${rows})
  add_library(viltree::${NAME} ALIAS viltree_${NAME})
  viltree_public_headers(viltree_${NAME} ${NAME})
  target_include_directories(viltree_${NAME} PRIVATE ${CMAKE_CURRENT_SOURCE_DIR})
  list(TRANSFORM ARG_USES PREPEND viltree::)
  target_link_libraries(viltree_${NAME} PUBLIC ${ARG_USES} PRIVATE viltree_options ${ARG_LINKS})
  add_dependencies(libraries viltree_${NAME})
  if(VILTREE_HEADERS)
    viltree_headers_alone(viltree_${NAME} ${NAME})
  endif()
endfunction()

# Each header of a module, alone in a source: it must include what it uses.
function(viltree_headers_alone TARGET NAME)
  file(GLOB headers CONFIGURE_DEPENDS *.hpp */*.hpp ${CMAKE_SOURCE_DIR}/include/viltree/${NAME}/*.hpp)
  set(sources)
  foreach(header ${headers})
    get_filename_component(folder ${header} DIRECTORY)
    if(EXISTS ${folder}/CMakeLists.txt AND NOT folder STREQUAL CMAKE_CURRENT_SOURCE_DIR)
      continue()  # another module's
    endif()
    file(RELATIVE_PATH path ${CMAKE_SOURCE_DIR} ${header})
    set(source ${CMAKE_BINARY_DIR}/headers/${path}.cpp)
    file(CONFIGURE OUTPUT ${source} CONTENT "#include \"${header}\"\n")
    list(APPEND sources ${source})
  endforeach()
  if(sources)
    add_library(${TARGET}_headers OBJECT ${sources})
    set_target_properties(${TARGET}_headers PROPERTIES UNITY_BUILD OFF)  # alone
    target_include_directories(${TARGET}_headers PRIVATE ${CMAKE_CURRENT_SOURCE_DIR} $<TARGET_PROPERTY:${TARGET},INCLUDE_DIRECTORIES>)
    get_target_property(links ${TARGET} LINK_LIBRARIES)
    target_link_libraries(${TARGET}_headers PRIVATE ${links})
    add_dependencies(libraries ${TARGET}_headers)
  endif()
endfunction()

function(viltree_public_headers TARGET NAME)
  set(headers ${CMAKE_SOURCE_DIR}/include/viltree/${NAME})
  if(EXISTS ${headers})
    set(root ${CMAKE_BINARY_DIR}/include/${NAME})
    file(MAKE_DIRECTORY ${root}/viltree)
    file(CREATE_LINK ${headers} ${root}/viltree/${NAME} SYMBOLIC)
    target_include_directories(${TARGET} PUBLIC ${root})
  endif()
endfunction()

# viltree_test(NAME SOURCES file... [ALONE file...] USES module... [LINKS target...] [PRIVATE_HEADERS folder...])
#   One test program per module; PRIVATE_HEADERS names the folders of private headers that it may see. Presets that
#   compile several sources together leave those of ALONE alone: they use names that their neighbours use.
function(viltree_test NAME)
  cmake_parse_arguments(ARG "" "" "SOURCES;ALONE;USES;LINKS;PRIVATE_HEADERS" ${ARGN})
  set_source_files_properties(${ARG_ALONE} PROPERTIES SKIP_UNITY_BUILD_INCLUSION ON)
  add_executable(test_${NAME} ${ARG_SOURCES} ${ARG_ALONE})
  target_include_directories(test_${NAME} PRIVATE ${CMAKE_SOURCE_DIR}/tests ${ARG_PRIVATE_HEADERS})
  list(TRANSFORM ARG_USES PREPEND viltree::)
  target_link_libraries(test_${NAME} PRIVATE ${ARG_USES} viltree_test_main viltree_options ${ARG_LINKS})
  viltree_unit_test(${NAME} test_${NAME})
endfunction()

# viltree_unit_test(NAME TARGET): a test that is one program, and so runs under sanitizers, too.
function(viltree_unit_test NAME TARGET)
  add_test(NAME ${NAME} COMMAND ${TARGET})
  set_tests_properties(${NAME} PROPERTIES LABELS unit)
  add_dependencies(unit_tests ${TARGET})
endfunction()
